// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Reads a collector's answer to a request that it has accepted, {@code ExportTraceServiceResponse}:
 * field 1 of it is there if some spans were not taken, and says how many (field 1) and why (field
 * 2). What is no such message says nothing: the request was accepted all the same.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/otlp/#partial-success">OTLP, partial
 *     success</a>
 */
final class PartialSuccess {
  private static final int PARTIAL_SUCCESS = 1; // of ExportTraceServiceResponse
  private static final int REJECTED_SPANS = 1; // of ExportTracePartialSuccess
  private static final int ERROR_MESSAGE = 2;

  private static final int LONGEST_MESSAGE = 200;

  private final byte[] bytes;
  private int at;
  private long rejectedSpans;
  private String message = "";

  private PartialSuccess(byte[] bytes) {
    this.bytes = bytes;
  }

  static ExportResult read(byte[] response) {
    PartialSuccess reader = new PartialSuccess(response);
    if (!reader.readResponse(response.length)
        || reader.rejectedSpans <= 0 && reader.message.isEmpty()) {
      return ExportResult.COMPLETE;
    }
    long rejected = Math.max(0, reader.rejectedSpans);
    String said = reader.message.replaceAll("\\p{Cntrl}", " ");
    String why = said.substring(0, Math.min(said.length(), LONGEST_MESSAGE));
    return new ExportResult(
        true,
        rejected,
        "the collector rejected " + rejected + " spans" + (why.isEmpty() ? "" : ": " + why));
  }

  private boolean readResponse(int end) {
    while (at < end) {
      long tag = varint(end);
      if (tag == ProtobufWriter.tag(PARTIAL_SUCCESS, ProtobufWriter.LENGTH_DELIMITED)) {
        int length = length(end);
        if (length < 0 || !readPartialSuccess(at + length)) {
          return false;
        }
      } else if (!skip(tag, end)) {
        return false;
      }
    }
    return true;
  }

  private boolean readPartialSuccess(int end) {
    while (at < end) {
      long tag = varint(end);
      if (tag == ProtobufWriter.tag(REJECTED_SPANS, ProtobufWriter.VARINT)) {
        rejectedSpans = varint(end);
      } else if (tag == ProtobufWriter.tag(ERROR_MESSAGE, ProtobufWriter.LENGTH_DELIMITED)) {
        int length = length(end);
        if (length < 0) {
          return false;
        }
        message = new String(bytes, at, length, UTF_8);
        at += length;
      } else if (!skip(tag, end)) {
        return false;
      }
    }
    return true;
  }

  private boolean skip(long tag, int end) {
    long length =
        switch ((int) tag & 7) {
          case ProtobufWriter.VARINT -> {
            varint(end);
            yield 0;
          }
          case ProtobufWriter.FIXED64 -> Long.BYTES;
          case ProtobufWriter.LENGTH_DELIMITED -> length(end);
          case ProtobufWriter.FIXED32 -> Integer.BYTES;
          default -> -1;
        };
    if (tag <= 0 || length < 0 || length > end - at) {
      return false;
    }
    at += (int) length;
    return true;
  }

  /** -1 if there is less. */
  private int length(int end) {
    long length = varint(end);
    return length < 0 || length > end - at ? -1 : (int) length;
  }

  /** What is cut short counts as far as it goes. */
  private long varint(int end) {
    long value = 0;
    for (int shift = 0; at < end && shift < Long.SIZE; shift += 7) {
      byte b = bytes[at++];
      value |= (b & 0x7fL) << shift;
      if (b >= 0) {
        break;
      }
    }
    return value;
  }
}
