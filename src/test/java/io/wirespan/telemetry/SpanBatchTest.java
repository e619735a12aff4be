// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.sdk.resources.Resource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpanBatchTest {
  private final SpanBytes.Pool pool = new SpanBytes.Pool();
  private final SpanBatch batch = new SpanBatch(pool);
  private final SpanEncoder encoder = new SpanEncoder(EncodedSpans.NO_HEADERS, Integer.MAX_VALUE);

  private static EncodedResource resource(String service) {
    return EncodedResource.of(
        Resource.create(
            Attributes.builder()
                .put("service.name", service)
                .put("count", 3)
                .put("ratio", 0.5)
                .put("flag", true)
                .build(),
            "https://example.com/schema"));
  }

  private void add(EncodedResource resource, String target) {
    ReportedExchange report = Exchanges.exchange().request("GET", target).report();
    batch.add(report, TraceState.getDefault(), resource, encoder);
  }

  private static ExportTraceServiceRequest read(SpanBatch from) throws IOException {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    from.writeMessage(stream);
    assertThat(stream.size()).isEqualTo(from.getContentLength());
    ByteArrayOutputStream buffers = new ByteArrayOutputStream();
    for (ByteBuffer buffer : from.buffers()) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      buffers.write(bytes);
    }
    assertThat(buffers.toByteArray()).isEqualTo(stream.toByteArray());
    return ExportTraceServiceRequest.parseFrom(stream.toByteArray());
  }

  private static List<String> paths(ResourceSpans from) {
    return from.getScopeSpans(0).getSpansList().stream()
        .map(span -> EncodedSpans.attributes(span).get("url.path").toString())
        .toList();
  }

  @Test
  void shouldGroupSpansByResource() throws Exception {
    EncodedResource shop = resource("shop");
    EncodedResource cart = resource("cart");
    add(shop, "/1");
    add(cart, "/2");
    add(shop, "/3");

    ExportTraceServiceRequest request = read(batch);
    assertThat(batch.spans()).isEqualTo(3);
    assertThat(request.getResourceSpansCount()).isEqualTo(2);
    assertThat(paths(request.getResourceSpans(0))).containsExactly("/1", "/3");
    assertThat(paths(request.getResourceSpans(1))).containsExactly("/2");
    ResourceSpans first = request.getResourceSpans(0);
    assertThat(first.getSchemaUrl()).isEqualTo("https://example.com/schema");
    assertThat(first.getResource().getAttributesList())
        .extracting(each -> each.getKey() + "=" + each.getValue().getValueCase())
        .containsExactlyInAnyOrder(
            "service.name=STRING_VALUE",
            "count=INT_VALUE",
            "ratio=DOUBLE_VALUE",
            "flag=BOOL_VALUE");
    assertThat(first.getScopeSpans(0).getScope().getName()).isEqualTo("io.wirespan");
    assertThat(first.getScopeSpans(0).getSchemaUrl()).contains("opentelemetry.io/schemas/1.45");
  }

  @Test
  void shouldHoldMoreThanAPieceOfMemory() throws Exception {
    EncodedResource shop = resource("shop");
    for (int i = 0; i < 1_000; i++) {
      add(shop, "/" + i + "?" + "q".repeat(i));
    }

    assertThat(batch.buffers()).hasSizeGreaterThan(5);
    assertThat(paths(read(batch).getResourceSpans(0))).hasSize(1_000).contains("/0", "/999");
  }

  @Test
  void shouldBeEmptyOnceCleared() throws Exception {
    EncodedResource shop = resource("shop");
    for (int i = 0; i < 100; i++) {
      add(shop, "/first");
    }
    batch.clear();
    assertThat(batch.spans()).isZero();
    assertThat(batch.bytes()).isZero();
    assertThat(read(batch).getResourceSpansList()).isEmpty();
    add(shop, "/second");

    assertThat(paths(read(batch).getResourceSpans(0))).containsExactly("/second");
  }
}
