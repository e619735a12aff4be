// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

/**
 * A request as sent.
 *
 * @param method empty if the request was not seen
 * @param target the request target (RFC 9112, section 3.2), or {@code :path}
 * @param host the authority: from an absolute-form target, else the Host field, else empty
 * @param headers the fields that were asked for, in order
 */
public record Request(
    String method, String target, String host, Headers headers, MessageStats stats) {
  public static final Request UNSEEN = new Request("", "", "", Headers.EMPTY, MessageStats.EMPTY);

  public boolean seen() {
    return !method.isEmpty();
  }
}
