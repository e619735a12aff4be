// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import java.util.Optional;

/**
 * An interface that packets are captured on.
 *
 * @param id position in the source's list of interfaces, from 0
 * @param name as the kernel or the capture file names it
 * @param ifindex kernel index within its network namespace; 0 for a capture file
 * @param service service name that the operator gave to the traffic of this interface
 */
public record CaptureInterface(
    int id, String name, int ifindex, LinkType linkType, Side side, Optional<String> service) {}
