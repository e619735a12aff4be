// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static java.util.stream.Collectors.toUnmodifiableSet;

import io.opentelemetry.semconv.HttpAttributes;
import io.wirespan.protocol.HeaderSelection;
import io.wirespan.protocol.Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The header fields that outputs need, and those that are exported as attributes. */
final class HttpFields {
  static final String USER_AGENT = "user-agent";
  static final String REQUEST_ID = "x-request-id";
  private static final String ENVOY_DECORATOR = "x-envoy-decorator-operation";

  /** Names of the OpenTelemetry Java agent, which other agents have taken over. */
  private static final String VARIABLE = "OTEL_INSTRUMENTATION_HTTP_%s_CAPTURE_%s_HEADERS";

  private final List<Exported> request;
  private final List<Exported> response;

  private record Exported(String field, EncodedKey<List<String>> key) {}

  private HttpFields(Set<String> request, Set<String> response) {
    this.request =
        request.stream()
            .map(
                name ->
                    new Exported(
                        name,
                        EncodedKey.of(HttpAttributes.HTTP_REQUEST_HEADER.getAttributeKey(name))))
            .toList();
    this.response =
        response.stream()
            .map(
                name ->
                    new Exported(
                        name,
                        EncodedKey.of(HttpAttributes.HTTP_RESPONSE_HEADER.getAttributeKey(name))))
            .toList();
  }

  static HttpFields of(OutputOptions options) {
    Set<String> request = named(options, options.requestHeaders(), "REQUEST");
    request.add(REQUEST_ID);
    request.add(ENVOY_DECORATOR);
    return new HttpFields(request, named(options, options.responseHeaders(), "RESPONSE"));
  }

  private static Set<String> named(OutputOptions options, Set<String> further, String message) {
    Set<String> names = new TreeSet<>();
    further.forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
    for (String side : List.of("SERVER", "CLIENT")) {
      String list = options.environment().getOrDefault(VARIABLE.formatted(side, message), "");
      for (String name : list.split(",")) {
        if (!name.isBlank()) {
          names.add(name.strip().toLowerCase(Locale.ROOT));
        }
      }
    }
    return names;
  }

  /** What the decoders must keep, given the fields that may carry a trace context. */
  HeaderSelection selection(Set<String> contextFields) {
    Set<String> kept =
        Stream.of(Set.of(USER_AGENT), contextFields, names(request))
            .flatMap(Set::stream)
            .collect(toUnmodifiableSet());
    return new HeaderSelection(kept, names(response));
  }

  private static Set<String> names(List<Exported> exported) {
    return exported.stream().map(Exported::field).collect(toUnmodifiableSet());
  }

  void exportRequest(Headers headers, AttributeWriter to) {
    export(request, headers, to);
  }

  void exportResponse(Headers headers, AttributeWriter to) {
    export(response, headers, to);
  }

  private static void export(List<Exported> exported, Headers headers, AttributeWriter to) {
    if (headers.fields().isEmpty()) {
      return;
    }
    for (int i = 0; i < exported.size(); i++) {
      List<String> values = values(headers.fields(), exported.get(i).field());
      if (!values.isEmpty()) {
        to.put(exported.get(i).key(), values);
      }
    }
  }

  private static List<String> values(List<Headers.Field> fields, String name) {
    List<String> values = List.of();
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).name().equals(name)) {
        values = values.isEmpty() ? new ArrayList<>(1) : values;
        values.add(fields.get(i).value());
      }
    }
    return values;
  }
}
