// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/** Reads struct layouts out of an object's {@code .BTF} section, see linux/btf.h. */
final class Btf {
  private static final int KIND_ARRAY = 3;
  private static final int KIND_STRUCT = 4;
  private static final int KIND_UNION = 5;
  private static final int KIND_ENUM = 6;
  private static final int KIND_FUNC_PROTO = 13;
  private static final int KIND_VAR = 14;
  private static final int KIND_DATASEC = 15;
  private static final int KIND_DECL_TAG = 17;
  private static final int KIND_ENUM64 = 19;

  /** A struct: its size, and the byte offset of each member by name, in order. */
  record Struct(int size, Map<String, Integer> offsets) {}

  private final Map<String, Struct> structs = new LinkedHashMap<>();

  Btf(byte[] elf) {
    ByteBuffer section = section(elf, ".BTF");
    int headerLength = section.getInt(4);
    int typesAt = headerLength + section.getInt(8);
    int typesEnd = typesAt + section.getInt(12);
    int stringsAt = headerLength + section.getInt(16);
    for (int at = typesAt; at < typesEnd; ) {
      int info = section.getInt(at + 4);
      int members = info & 0xffff;
      int kind = info >>> 24 & 0x1f;
      if (kind == KIND_STRUCT) {
        readStruct(section, at, members, stringsAt);
      }
      at += 12 + trailerLength(kind, members);
    }
  }

  Struct struct(String name) {
    Struct struct = structs.get(name);
    if (struct == null) {
      throw new NoSuchElementException("struct " + name + " in BTF of " + structs.keySet());
    }
    return struct;
  }

  private void readStruct(ByteBuffer section, int at, int members, int stringsAt) {
    Map<String, Integer> offsets = new LinkedHashMap<>();
    for (int i = 0; i < members; i++) {
      int memberAt = at + 12 + 12 * i;
      String name = string(section, stringsAt + section.getInt(memberAt));
      offsets.put(name, (section.getInt(memberAt + 8) & 0xffffff) / 8);
    }
    String name = string(section, stringsAt + section.getInt(at));
    structs.put(name, new Struct(section.getInt(at + 8), offsets));
  }

  private static int trailerLength(int kind, int members) {
    return switch (kind) {
      case 1, KIND_VAR, KIND_DECL_TAG -> 4;
      case KIND_ARRAY -> 12;
      case KIND_STRUCT, KIND_UNION, KIND_DATASEC, KIND_ENUM64 -> 12 * members;
      case KIND_ENUM, KIND_FUNC_PROTO -> 8 * members;
      default -> 0;
    };
  }

  /** A section of a 64-bit ELF file in native byte order. */
  private static ByteBuffer section(byte[] elf, String name) {
    ByteBuffer file = ByteBuffer.wrap(elf).order(ByteOrder.nativeOrder());
    int headersAt = (int) file.getLong(0x28);
    int headerLength = file.getShort(0x3a);
    int count = file.getShort(0x3c);
    int namesAt = (int) file.getLong(headersAt + file.getShort(0x3e) * headerLength + 0x18);
    List<String> seen = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int header = headersAt + i * headerLength;
      String section = string(file, namesAt + file.getInt(header));
      if (section.equals(name)) {
        int at = (int) file.getLong(header + 0x18);
        int length = (int) file.getLong(header + 0x20);
        return file.slice(at, length).order(ByteOrder.nativeOrder());
      }
      seen.add(section);
    }
    throw new NoSuchElementException(name + " in sections " + seen);
  }

  private static String string(ByteBuffer bytes, int at) {
    int end = at;
    while (bytes.get(end) != 0) {
      end++;
    }
    byte[] text = new byte[end - at];
    bytes.get(at, text);
    return new String(text, StandardCharsets.US_ASCII);
  }
}
