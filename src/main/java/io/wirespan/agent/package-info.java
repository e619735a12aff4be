// SPDX-License-Identifier: Apache-2.0
/**
 * Arguments, lifecycle and exit codes: puts the other rooms together.
 *
 * <p>May import every room.
 */
package io.wirespan.agent;
