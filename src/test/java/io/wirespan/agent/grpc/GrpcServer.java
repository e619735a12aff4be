// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent.grpc;

import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A program that serves every method as the call's {@link CallScript} says. */
public final class GrpcServer {
  /** What it writes when it listens. */
  public static final String READY = "listening";

  private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();

  private GrpcServer() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Server server =
        NettyServerBuilder.forPort(Integer.parseInt(arguments[0]))
            .fallbackHandlerRegistry(new GrpcServer().everyMethod())
            .build()
            .start();
    System.out.println(READY);
    server.awaitTermination();
  }

  private HandlerRegistry everyMethod() {
    return new HandlerRegistry() {
      @Override
      public ServerMethodDefinition<?, ?> lookupMethod(String path, String authority) {
        return path.startsWith(CallScript.ABSENT_SERVICE)
            ? null
            : ServerMethodDefinition.create(
                CallScript.method(path, MethodType.BIDI_STREAMING), GrpcServer.this::play);
      }
    };
  }

  private ServerCall.Listener<byte[]> play(ServerCall<byte[], byte[]> call, Metadata headers) {
    CallScript script = CallScript.parse(headers.get(CallScript.HEADER));
    call.request(Integer.MAX_VALUE);
    return script.echoes() ? new Echo(call, script) : new Answer(call, script);
  }

  private void after(long millis, Runnable step) {
    if (millis == 0) {
      step.run();
    } else {
      later.schedule(step, millis, TimeUnit.MILLISECONDS);
    }
  }

  private static void close(ServerCall<byte[], byte[]> call, CallScript script) {
    if (!call.isCancelled()) {
      call.close(
          Status.fromCode(script.status()).withDescription("100 % of " + script.path()),
          new Metadata());
    }
  }

  /** Answers when the client has said everything. */
  private final class Answer extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;
    private final CallScript script;

    private Answer(ServerCall<byte[], byte[]> call, CallScript script) {
      this.call = call;
      this.script = script;
    }

    @Override
    public void onHalfClose() {
      after(script.beforeMillis(), this::respond);
    }

    private void respond() {
      if (script.responses() > 0) {
        call.sendHeaders(new Metadata());
      }
      for (int i = 0; i < script.responses(); i++) {
        call.sendMessage(new byte[script.bytes()]);
      }
      after(script.afterMillis(), () -> close(call, script));
    }
  }

  /** Answers each message with one. */
  private final class Echo extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;
    private final CallScript script;

    private Echo(ServerCall<byte[], byte[]> call, CallScript script) {
      this.call = call;
      this.script = script;
      call.sendHeaders(new Metadata());
    }

    @Override
    public void onMessage(byte[] message) {
      call.sendMessage(message);
    }

    @Override
    public void onHalfClose() {
      after(script.afterMillis(), () -> close(call, script));
    }
  }
}
