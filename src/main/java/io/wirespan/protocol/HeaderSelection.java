// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which header fields an exchange keeps; all others are skipped unread. Names in lower case.
 *
 * @param request fields kept of requests
 * @param response fields kept of responses
 */
public record HeaderSelection(Set<String> request, Set<String> response) {
  public HeaderSelection {
    request = lowerCase(request);
    response = lowerCase(response);
  }

  private static Set<String> lowerCase(Set<String> names) {
    return names.stream()
        .map(name -> name.toLowerCase(Locale.ROOT))
        .collect(Collectors.toUnmodifiableSet());
  }
}
