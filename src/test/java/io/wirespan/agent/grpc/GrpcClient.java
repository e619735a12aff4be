// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent.grpc;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A program that plays the calls of a file of {@link CallScript}s, one a line, over one connection:
 * the first alone, so that no other waits for the connection, then {@value #CONCURRENT} at a time;
 * again and again if it is told so. It writes a {@link Result} for each.
 */
public final class GrpcClient {
  /** Long enough for a busy machine to send the request before. */
  public static final long DEADLINE_MILLIS = 1_000;

  private static final int CONCURRENT = 64;

  private final Semaphore room = new Semaphore(CONCURRENT);
  private final ManagedChannel channel;

  private GrpcClient(ManagedChannel channel) {
    this.channel = channel;
  }

  /**
   * How a call ended for the client.
   *
   * @param elapsedNanos from before its first byte was sent until after its last one came
   */
  public record Result(String path, Status.Code status, int responses, long elapsedNanos) {
    /** Of a line of the program's output. */
    public static Result parse(String line) {
      String[] words = line.split(" ");
      return new Result(
          words[0],
          Status.Code.valueOf(words[1]),
          Integer.parseInt(words[2]),
          Long.parseLong(words[3]));
    }
  }

  /** ADDRESS PORT FILE SECONDS: plays the file's calls once, and anew for this long. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(arguments[0], Integer.parseInt(arguments[1]))
            .usePlaintext()
            .build();
    List<CallScript> scripts =
        Files.readAllLines(Path.of(arguments[2])).stream().map(CallScript::parse).toList();
    long nanos = TimeUnit.SECONDS.toNanos(Long.parseLong(arguments[3]));
    GrpcClient client = new GrpcClient(channel);
    long begin = System.nanoTime();
    do {
      for (CallScript script : scripts) {
        client.room.acquire();
        client.play(script);
        if (script == scripts.getFirst()) {
          client.awaitEnds();
        }
      }
    } while (System.nanoTime() - begin < nanos);
    client.awaitEnds();
    channel.shutdown().awaitTermination(10, TimeUnit.SECONDS);
    System.out.flush();
  }

  private void awaitEnds() throws InterruptedException {
    room.acquire(CONCURRENT);
    room.release(CONCURRENT);
  }

  private void play(CallScript script) {
    CallOptions options = CallOptions.DEFAULT;
    if (script.end() == CallScript.End.DEADLINE) {
      options = options.withDeadlineAfter(DEADLINE_MILLIS, TimeUnit.MILLISECONDS);
    }
    ClientCall<byte[], byte[]> call =
        channel.newCall(CallScript.method(script.path(), script.type()), options);
    Metadata headers = new Metadata();
    headers.put(CallScript.HEADER, script.text());
    call.start(new Responses(call, script), headers);
    call.request(Integer.MAX_VALUE);
    for (int i = 0; i < script.requests(); i++) {
      call.sendMessage(new byte[script.bytes()]);
    }
    if (script.end() != CallScript.End.CLIENT || !script.echoes()) {
      call.halfClose();
    }
  }

  private final class Responses extends ClientCall.Listener<byte[]> {
    private final ClientCall<byte[], byte[]> call;
    private final CallScript script;
    private final long begin = System.nanoTime();
    private int responses;

    private Responses(ClientCall<byte[], byte[]> call, CallScript script) {
      this.call = call;
      this.script = script;
    }

    @Override
    public void onMessage(byte[] message) {
      responses++;
      if (responses == script.responses() && script.end() == CallScript.End.CLIENT) {
        call.cancel("enough", null);
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      long elapsed = System.nanoTime() - begin;
      System.out.println(script.path() + " " + status.getCode() + " " + responses + " " + elapsed);
      room.release();
    }
  }
}
