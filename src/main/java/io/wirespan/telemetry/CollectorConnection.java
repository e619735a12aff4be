// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.telemetry.HttpResponseReader.Response;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A connection to a collector, for one request at a time. Blocks: a request of megabytes is a
 * single call of the kernel, {@code writev} from the memory that it lies in.
 */
final class CollectorConnection implements AutoCloseable {
  /** The SDK's timeout of 0 is one of centuries. */
  private static final long LONGEST_MILLIS = TimeUnit.DAYS.toMillis(1);

  private final SocketChannel channel;
  private final HttpResponseReader responses;
  private boolean used;

  private CollectorConnection(SocketChannel channel, long longestBody) {
    this.channel = channel;
    this.responses = new HttpResponseReader(channel, longestBody);
  }

  /**
   * @param longestBody bytes that the body of a response may have
   */
  static CollectorConnection open(String host, int port, Duration timeout, long longestBody)
      throws IOException {
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new UnknownHostException(host);
    }
    SocketChannel channel = SocketChannel.open();
    try {
      // The last packet of a request must not wait for the acknowledgement of the one before.
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.socket().connect(address, Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE));
      return new CollectorConnection(channel, longestBody);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Whether the collector may have ended the connection before it knew of a request: it failed, had
   * carried one before, and no answer began.
   */
  boolean wasStale() {
    return used && !responses.begun();
  }

  /** Sends a request, and waits for the response. */
  Response exchange(ByteBuffer[] request, Duration timeout) throws IOException {
    CompletableFuture<Void> end = new CompletableFuture<>();
    end.orTimeout(Math.min(timeout.toMillis(), LONGEST_MILLIS), TimeUnit.MILLISECONDS)
        .whenComplete(
            (nothing, late) -> {
              if (late != null) {
                close();
              }
            });
    try {
      Response response = exchange(request);
      used = true;
      return response;
    } catch (IOException e) {
      if (end.isDone()) {
        throw new SocketTimeoutException("no answer within " + timeout.toMillis() + " ms");
      }
      throw e;
    } finally {
      end.complete(null);
    }
  }

  private Response exchange(ByteBuffer[] request) throws IOException {
    try {
      // A blocking channel writes all of it at once, as far as the kernel does.
      while (request[request.length - 1].hasRemaining()) {
        channel.write(request);
      }
    } catch (IOException e) {
      return early(e);
    }
    return responses.read();
  }

  /** Who does not want a request may say so and close before all of it was sent. */
  private Response early(IOException failure) throws IOException {
    try {
      Response response = responses.read();
      return new Response(response.status(), response.body(), false);
    } catch (IOException e) {
      throw failure;
    }
  }

  /** Also ends, from any thread, what is under way. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing is lost that was not lost before.
      return;
    }
  }
}
