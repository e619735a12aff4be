// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.protocol.Detail;
import java.util.Locale;

/** The objects that say what a line is besides a request and a response; null where it is not. */
final class JsonDetails {
  private static final byte[] GRPC = JsonText.member("grpc");
  private static final byte[] WEBSOCKET = JsonText.member("websocket");
  private static final byte[] TCP = JsonText.member("tcp");
  private static final byte[] SERVICE = JsonText.member("service");
  private static final byte[] METHOD = JsonText.member("method");
  private static final byte[] STATUS = JsonText.member("status");
  private static final byte[] REQUEST_MESSAGES = JsonText.member("request_messages");
  private static final byte[] RESPONSE_MESSAGES = JsonText.member("response_messages");
  private static final byte[] TIMEOUT = JsonText.member("timeout_us");
  private static final byte[] END = JsonText.member("end");
  private static final byte[] CLIENT = JsonText.member("client");
  private static final byte[] SERVER = JsonText.member("server");
  private static final byte[] FRAMES = JsonText.member("frames");
  private static final byte[] MESSAGES = JsonText.member("messages");
  private static final byte[] BYTES = JsonText.member("bytes");
  private static final byte[] CLOSE_CODE = JsonText.member("close_code");
  private static final byte[] CLOSE = JsonText.member("close");
  private static final byte[] CLOSED_BY = JsonText.member("closed_by");

  private final JsonText json;

  JsonDetails(JsonText json) {
    this.json = json;
  }

  void write(Detail detail) {
    json.name(GRPC);
    if (detail instanceof Detail.Grpc grpc) {
      writeGrpc(grpc);
    } else {
      json.nothing();
    }
    json.name(WEBSOCKET);
    if (detail instanceof Detail.WebSocket webSocket) {
      writeWebSocket(webSocket);
    } else {
      json.nothing();
    }
    json.name(TCP);
    if (detail instanceof Detail.TcpSession session) {
      writeTcp(session);
    } else {
      json.nothing();
    }
  }

  private void writeGrpc(Detail.Grpc grpc) {
    json.startObject();
    json.text(SERVICE, grpc.service());
    json.text(METHOD, grpc.method());
    number(STATUS, grpc.status());
    number(REQUEST_MESSAGES, grpc.requestMessages());
    number(RESPONSE_MESSAGES, grpc.responseMessages());
    json.name(TIMEOUT);
    if (grpc.timeoutNanos() == Detail.UNKNOWN) {
      json.nothing();
    } else {
      json.micros(grpc.timeoutNanos());
    }
    json.text(END, grpc.end().text());
    json.endObject();
  }

  private void writeWebSocket(Detail.WebSocket webSocket) {
    json.startObject();
    writeSide(CLIENT, webSocket.client());
    writeSide(SERVER, webSocket.server());
    number(CLOSE_CODE, webSocket.closeCode());
    json.endObject();
  }

  private void writeSide(byte[] name, Detail.WebSocketSide side) {
    json.name(name);
    json.startObject();
    number(FRAMES, side.frames());
    number(MESSAGES, side.messages());
    number(BYTES, side.payloadBytes());
    json.endObject();
  }

  private void writeTcp(Detail.TcpSession session) {
    json.startObject();
    json.text(CLOSE, session.reason().name().toLowerCase(Locale.ROOT));
    json.text(CLOSED_BY, session.closedBy().text());
    json.endObject();
  }

  private void number(byte[] name, long value) {
    json.name(name);
    if (value == Detail.UNKNOWN) {
      json.nothing();
    } else {
      json.number(value);
    }
  }
}
