// SPDX-License-Identifier: Apache-2.0
package io.wirespan.replay;

import io.wirespan.replay.Message.Body;
import java.util.Random;

/**
 * An exchange as it was sent. Its request's target and its response's reason phrase say which.
 *
 * @param requestOffset of the request's first byte in the client's stream
 * @param responseOffset of the response's first byte in the server's stream
 */
record SentExchange(
    String id,
    String method,
    int status,
    Message request,
    Message response,
    int requestOffset,
    int responseOffset) {
  private static final String[] METHODS = {"GET", "POST", "HEAD", "PUT", "DELETE", "PATCH"};
  private static final int[] STATUSES = {200, 200, 201, 204, 304, 404, 500};
  private static final Body[] BODIES = {Body.LENGTH, Body.CHUNKED};

  static SentExchange random(
      Random random, String id, int requestOffset, int responseOffset, boolean closes) {
    String method = METHODS[random.nextInt(METHODS.length)];
    int status = STATUSES[random.nextInt(STATUSES.length)];
    Body requestBody = random.nextInt(3) > 0 ? Body.NONE : BODIES[random.nextInt(2)];
    Body responseBody = closes ? Body.UNTIL_CLOSE : BODIES[random.nextInt(2)];
    if (status == 204) {
      responseBody = Body.NONE;
    } else if (method.equals("HEAD") || status == 304) {
      responseBody = Body.ANNOUNCED;
    }
    return new SentExchange(
        id,
        method,
        status,
        Message.random(random, method + " /" + id + " HTTP/1.1", requestBody),
        Message.random(random, "HTTP/1.1 " + status + " r" + id, responseBody),
        requestOffset,
        responseOffset);
  }

  int requestEnd() {
    return requestOffset + request.bytes().length;
  }

  int responseEnd() {
    return responseOffset + response.bytes().length;
  }
}
