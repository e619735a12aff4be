// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

/**
 * A final response as sent.
 *
 * @param status status code; 0 if the response was not seen
 * @param reason reason phrase; empty if there is none
 * @param headers the fields that were asked for, in order
 */
public record Response(int status, String reason, Headers headers, MessageStats stats) {
  public static final Response UNSEEN = new Response(0, "", Headers.EMPTY, MessageStats.EMPTY);

  public boolean seen() {
    return status != 0;
  }
}
