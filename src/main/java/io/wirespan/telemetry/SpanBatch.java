// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.semconv.SchemaUrls;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Spans that share a request to the collector, as an {@code ExportTraceServiceRequest}. Filled by
 * one thread and handed over whole; to be cleared and filled again when it was sent.
 *
 * @see <a
 *     href="https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/collector/trace/v1/trace_service.proto">trace_service.proto</a>
 */
final class SpanBatch implements MessageWriter {
  private static final int RESOURCE_SPANS = 1; // of ExportTraceServiceRequest
  private static final int SCOPE_SPANS = 2; // of ResourceSpans
  private static final int SCOPE = 1; // of ScopeSpans
  private static final int SPANS = 2;
  private static final int SCHEMA_URL = 3;
  private static final int NAME = 1; // of InstrumentationScope
  private static final int VERSION = 2;
  private static final int HEAD_BYTES = 1_024;

  /** More services than these are not kept for the next filling. */
  private static final int MOST_GROUPS = 16;

  /** The fields of ScopeSpans but for its spans. */
  private static final byte[] SCOPE_FIELDS = scopeFields();

  /** The spans of one resource. */
  private record Group(EncodedResource resource, SpanBytes spans) {
    private int scopeLength() {
      return SCOPE_FIELDS.length + spans.length();
    }

    private int resourceLength() {
      return resource.fields().length + fieldLength(scopeLength());
    }
  }

  private final SpanBytes.Pool pool;
  private final List<Group> groups = new ArrayList<>();
  private int spans;
  private int bytes;

  SpanBatch(SpanBytes.Pool pool) {
    this.pool = pool;
  }

  void add(
      ReportedExchange report, TraceState state, EncodedResource resource, SpanEncoder encoder) {
    ProtobufWriter encoded = encoder.encode(report, state, SPANS);
    int length = encoded.length() - encoded.start();
    group(resource).spans().add(encoded.array(), encoded.start(), length);
    spans++;
    bytes += length;
  }

  private Group group(EncodedResource resource) {
    for (int i = 0; i < groups.size(); i++) {
      if (groups.get(i).resource() == resource) {
        return groups.get(i);
      }
    }
    Group group = new Group(resource, new SpanBytes(pool));
    groups.add(group);
    return group;
  }

  /** How many spans there are. */
  int spans() {
    return spans;
  }

  /** Bytes of the spans alone. */
  int bytes() {
    return bytes;
  }

  /** Gives its memory to others. */
  void clear() {
    spans = 0;
    bytes = 0;
    for (int i = 0; i < groups.size(); i++) {
      groups.get(i).spans().clear();
    }
    if (groups.size() > MOST_GROUPS) {
      groups.clear();
    }
  }

  @Override
  public int getContentLength() {
    int length = 0;
    for (Group group : groups) {
      length += group.spans().length() == 0 ? 0 : fieldLength(group.resourceLength());
    }
    return length;
  }

  /** The request, for one reader; valid until {@link #clear}. */
  List<ByteBuffer> buffers() {
    List<ByteBuffer> buffers = new ArrayList<>();
    for (Group group : groups) {
      if (group.spans().length() > 0) {
        buffers.add(head(group));
        buffers.addAll(group.spans().buffers());
      }
    }
    return buffers;
  }

  @Override
  public void writeMessage(OutputStream output) throws IOException {
    WritableByteChannel channel = Channels.newChannel(output);
    for (ByteBuffer buffer : buffers()) {
      channel.write(buffer);
    }
  }

  /** Everything of a group that goes before its spans. */
  private static ByteBuffer head(Group group) {
    ProtobufWriter head = new ProtobufWriter(HEAD_BYTES);
    writeLength(RESOURCE_SPANS, group.resourceLength(), head);
    byte[] resource = group.resource().fields();
    head.raw(resource, resource.length);
    writeLength(SCOPE_SPANS, group.scopeLength(), head);
    head.raw(SCOPE_FIELDS, SCOPE_FIELDS.length);
    return ByteBuffer.wrap(head.array(), 0, head.length());
  }

  private static void writeLength(int field, int length, ProtobufWriter to) {
    to.raw(ProtobufWriter.tag(field, ProtobufWriter.LENGTH_DELIMITED));
    to.rawVarint(length);
  }

  /** Length of a field with its tag and its own length before it. */
  private static int fieldLength(int length) {
    return 1 + ProtobufWriter.varintLength(length) + length;
  }

  private static byte[] scopeFields() {
    ProtobufWriter scope = new ProtobufWriter(64);
    scope.text(NAME, "io.wirespan");
    scope.text(VERSION, Resources.version());
    ProtobufWriter fields = new ProtobufWriter(128);
    fields.message(SCOPE, scope);
    fields.text(SCHEMA_URL, SchemaUrls.V1_45_0);
    return fields.toByteArray();
  }
}
