// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.protocol.Exchange;

/** An exchange with what every output needs to know of it, worked out once. */
record ReportedExchange(Exchange exchange, RequestTarget target, SpanIdentity identity) {}
