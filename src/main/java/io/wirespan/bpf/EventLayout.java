// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;

/**
 * The layouts of {@code bpf/session_tracking.h}, in native byte order. A test compares each with
 * the BTF of the object.
 */
final class EventLayout {
  /** {@code struct packet_event}. */
  static final StructLayout PACKET_EVENT =
      MemoryLayout.structLayout(
              JAVA_LONG.withName("timestamp_ns"),
              JAVA_LONG.withName("sent_packets"),
              JAVA_LONG.withName("sent_bytes"),
              JAVA_LONG.withName("received_packets"),
              JAVA_LONG.withName("received_bytes"),
              JAVA_LONG.withName("syn_ns"),
              JAVA_LONG.withName("syn_ack_ns"),
              JAVA_LONG.withName("handshake_ack_ns"),
              JAVA_LONG.withName("sent_zero_window"),
              JAVA_LONG.withName("received_zero_window"),
              JAVA_LONG.withName("stream_id"),
              JAVA_INT.withName("flow_hash"),
              JAVA_INT.withName("link_id"),
              JAVA_INT.withName("original_length"),
              JAVA_INT.withName("captured_length"),
              JAVA_INT.withName("wire_packets"),
              JAVA_INT.withName("ip_length"),
              JAVA_SHORT.withName("network_offset"),
              JAVA_SHORT.withName("transport_offset"),
              JAVA_BYTE.withName("egress"),
              JAVA_BYTE.withName("part"),
              JAVA_BYTE.withName("has_skipped"),
              JAVA_BYTE.withName("payload_skipped"))
          .withName("packet_event");

  /** {@code struct skipped}. */
  static final StructLayout SKIPPED =
      MemoryLayout.structLayout(
              JAVA_LONG.withName("last_ns"),
              JAVA_LONG.withName("sent_packets"),
              JAVA_LONG.withName("sent_bytes"),
              JAVA_LONG.withName("received_packets"),
              JAVA_LONG.withName("received_bytes"),
              JAVA_LONG.withName("sent_zero_window"),
              JAVA_LONG.withName("received_zero_window"),
              JAVA_INT.withName("from"),
              JAVA_INT.withName("until"),
              JAVA_INT.withName("retransmitted"),
              JAVA_INT.withName("reserved"))
          .withName("skipped");

  /** {@code struct skip}. */
  static final StructLayout SKIP =
      MemoryLayout.structLayout(
              JAVA_INT.withName("serial"),
              JAVA_INT.withName("end"),
              JAVA_BYTE.withName("kind"),
              JAVA_BYTE.withName("follow"),
              MemoryLayout.sequenceLayout(6, JAVA_BYTE).withName("reserved"))
          .withName("skip");

  /** {@code enum event_part}: the ring's next record has the packet's last bytes. */
  static final byte PART_HEAD = 1;

  /** {@code enum event_part}: a record with the last bytes of the packet before. */
  static final byte PART_TAIL = 2;

  /** {@code MAX_TAIL}. */
  static final int MAX_TAIL = 312;

  /** {@code struct link_settings}. */
  static final StructLayout LINK_SETTINGS =
      MemoryLayout.structLayout(
              JAVA_INT.withName("link_id"),
              JAVA_INT.withName("link_header"),
              JAVA_INT.withName("vantage"),
              JAVA_INT.withName("by_content"),
              JAVA_INT.withName("leave_out"))
          .withName("link_settings");

  /** {@code struct egress_key}. */
  static final StructLayout EGRESS_KEY =
      MemoryLayout.structLayout(
              JAVA_INT.withName("prefix_length"),
              JAVA_SHORT.withName("port"),
              MemoryLayout.sequenceLayout(16, JAVA_BYTE).withName("address"),
              MemoryLayout.sequenceLayout(2, JAVA_BYTE).withName("reserved"))
          .withName("egress_key");

  /** {@code struct capture_stats}. */
  static final StructLayout CAPTURE_STATS =
      MemoryLayout.structLayout(
              JAVA_LONG.withName("seen"),
              JAVA_LONG.withName("forwarded"),
              JAVA_LONG.withName("ring_full"),
              JAVA_LONG.withName("output_failed"),
              JAVA_LONG.withName("truncated"),
              JAVA_LONG.withName("pure_ack"),
              JAVA_LONG.withName("not_ip"),
              JAVA_LONG.withName("not_tcp"),
              JAVA_LONG.withName("malformed"),
              JAVA_LONG.withName("not_traced"),
              JAVA_LONG.withName("skipped_body"),
              JAVA_LONG.withName("skipped_connection"),
              JAVA_LONG.withName("sessions"))
          .withName("capture_stats");

  private EventLayout() {}

  static long offset(StructLayout layout, String field) {
    return layout.byteOffset(PathElement.groupElement(field));
  }
}
