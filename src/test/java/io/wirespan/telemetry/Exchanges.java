// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Side;
import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Headers;
import io.wirespan.protocol.MessageStats;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Request;
import io.wirespan.protocol.Response;
import io.wirespan.protocol.Timing;
import io.wirespan.tcp.Endpoint;
import io.wirespan.tcp.Flow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Exchanges for tests: the one of CONTRACT.md, with what a test changes of it. */
public final class Exchanges {
  /** 2026-11-22T08:27:47.123456789Z. */
  static final long START = 1_795_336_067_123_456_789L;

  static final Endpoint CLIENT = ipv4(10, 0, 0, 2, 41234);
  static final Endpoint SERVER = ipv4(10, 0, 0, 1, 8080);

  private CaptureInterface captured =
      new CaptureInterface(0, "eth0", 3, LinkType.ETHERNET, Side.INSIDE, Optional.empty());
  private Endpoint client = CLIENT;
  private Endpoint server = SERVER;
  private Flow.Role role = Flow.Role.SERVER;
  private String protocol = Exchange.HTTP_1_1;
  private String method = "GET";
  private String target = "/a?b=1";
  private String host = "example.com";
  private final List<Headers.Field> requestHeaders = new ArrayList<>();
  private final List<Headers.Field> responseHeaders = new ArrayList<>();
  private int status = 200;
  private String reason = "OK";
  private Timing timing =
      new Timing(
          START,
          START,
          List.of(),
          START + 251_007,
          START + 268_512,
          START - 90_000,
          START - 60_000,
          START - 1_900);
  private Outcome outcome = Outcome.COMPLETE;
  private long gapBytes;
  private Detail detail = Detail.NONE;

  private Exchanges() {}

  public static Exchanges exchange() {
    return new Exchanges();
  }

  static Endpoint ipv4(int a, int b, int c, int d, int port) {
    return new Endpoint(false, 0, 0xffff_0000_0000L | (long) a << 24 | b << 16 | c << 8 | d, port);
  }

  static Endpoint ipv6(long high, long low, int port) {
    return new Endpoint(true, high, low, port);
  }

  Exchanges service(String service) {
    captured =
        new CaptureInterface(1, "eth1", 4, LinkType.ETHERNET, Side.INSIDE, Optional.of(service));
    return this;
  }

  Exchanges endpoints(Endpoint from, Endpoint to) {
    client = from;
    server = to;
    return this;
  }

  Exchanges calling() {
    role = Flow.Role.CLIENT;
    return this;
  }

  Exchanges protocol(String name) {
    protocol = name;
    return this;
  }

  public Exchanges request(String verb, String to) {
    method = verb;
    target = to;
    return this;
  }

  Exchanges host(String authority) {
    host = authority;
    return this;
  }

  public Exchanges header(String name, String value) {
    requestHeaders.add(new Headers.Field(name, value));
    return this;
  }

  Exchanges responseHeader(String name, String value) {
    responseHeaders.add(new Headers.Field(name, value));
    return this;
  }

  public Exchanges status(int code, String phrase) {
    status = code;
    reason = phrase;
    return this;
  }

  Exchanges timing(Timing times) {
    timing = times;
    return this;
  }

  Exchanges outcome(Outcome why) {
    outcome = why;
    return this;
  }

  Exchanges detail(Detail more) {
    detail = more;
    return this;
  }

  Exchanges gapBytes(long bytes) {
    gapBytes = bytes;
    return this;
  }

  Exchanges withoutResponse(Outcome why) {
    status = 0;
    timing = new Timing(START, START + 5_000, List.of(), 0, 0, 0, 0, 0);
    return outcome(why);
  }

  Exchanges withoutRequest() {
    method = "";
    timing = new Timing(0, 0, List.of(), START, START + 7_000, 0, 0, 0);
    return outcome(Outcome.NO_REQUEST);
  }

  public Exchange build() {
    Request request =
        method.isEmpty()
            ? Request.UNSEEN
            : new Request(
                method,
                target,
                host,
                Headers.of(requestHeaders),
                new MessageStats(1, 412, 200, 0, 0, 0, 0));
    Response response =
        status == 0
            ? Response.UNSEEN
            : new Response(
                status,
                reason,
                Headers.of(responseHeaders),
                new MessageStats(2, 230, 150, 39, 1, 2, 4_500));
    Flow flow = new Flow(captured, client, server, role, Optional.empty());
    return new Exchange(flow, protocol, request, response, timing, outcome, gapBytes, detail);
  }

  /** With the ids that a replay gives, and no parent. */
  ReportedExchange report() {
    Exchange exchange = build();
    TraceContext context =
        new TraceContext(
            io.opentelemetry.context.propagation.TextMapPropagator.noop(), new ReplayIds());
    return new ReportedExchange(exchange, RequestTarget.of(exchange), context.identify(exchange));
  }
}
