// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.telemetry.Json;
import java.util.Map;

/** A request and its answer, as the agent tells it or as the server's own log does. */
record Call(String method, String target, String host, long status, long requestBody, long body) {

  /** Of one of the agent's JSON lines. */
  static Call of(Map<String, Object> line) {
    return new Call(
        (String) line.get("method"),
        (String) line.get("target"),
        (String) line.get("host"),
        line.get("status") instanceof Long status ? status : 0,
        (long) Json.asObject(line.get("request")).get("body_bytes"),
        (long) Json.asObject(line.get("response")).get("body_bytes"));
  }
}
