// SPDX-License-Identifier: Apache-2.0
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * The HTTP/2 part of {@link DemoClient}: requests side by side on one connection, and gRPC calls on
 * it. By OkHttp, which the agent's jar has for the export: the JDK's client cannot do without an
 * upgrade from HTTP/1.1, and shows no trailers.
 */
final class Http2Calls {
  private static final MediaType GRPC = MediaType.get("application/grpc");

  private final String server;
  private final OkHttpClient http;
  private int requests;

  private Http2Calls(String server, Duration patience) {
    this.server = server;
    http =
        new OkHttpClient.Builder()
            .protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE))
            .callTimeout(patience)
            .build();
  }

  /** Calls a server, given as {@code address:port}; returns how many requests it made. */
  static int callAll(String server, Duration patience) throws IOException, InterruptedException {
    Http2Calls calls = new Http2Calls(server, patience);
    // Alone: it opens the connection that the others find.
    calls.expect(200, calls.send("/items/1"));
    Future<Response> slow = calls.send("/items/slow");
    List<Future<Response>> quick = new ArrayList<>();
    for (int item = 2; item <= 4; item++) {
      quick.add(calls.send("/items/" + item));
    }
    for (Future<Response> response : quick) {
      calls.expect(200, response);
    }
    calls.expect(404, calls.send("/missing"));
    calls.expect(200, slow);
    calls.expectStatus("0", calls.call("/demo.Orders/Place"));
    calls.expectStatus("5", calls.call("/demo.Orders/Cancel"));
    if (calls.http.connectionPool().connectionCount() != 1) {
      throw new IOException("more than one connection");
    }
    return calls.requests;
  }

  private Future<Response> send(String path) {
    return send(request(path));
  }

  private Future<Response> call(String method) {
    RequestBody body = RequestBody.create(GrpcMessage.of("an order"), GRPC);
    return send(request(method).header("te", "trailers").post(body));
  }

  private Request.Builder request(String path) {
    return new Request.Builder().url("http://" + server + path);
  }

  private Future<Response> send(Request.Builder request) {
    requests++;
    CompletableFuture<Response> response = new CompletableFuture<>();
    http.newCall(request.build())
        .enqueue(
            new Callback() {
              @Override
              public void onResponse(Call call, Response received) {
                response.complete(received);
              }

              @Override
              public void onFailure(Call call, IOException failure) {
                response.completeExceptionally(failure);
              }
            });
    return response;
  }

  private void expect(int status, Future<Response> future)
      throws IOException, InterruptedException {
    try (Response response = received(future)) {
      response.body().bytes();
      if (response.code() != status) {
        throw new IOException(response + " instead of status " + status);
      }
    }
  }

  private void expectStatus(String grpcStatus, Future<Response> future)
      throws IOException, InterruptedException {
    try (Response response = received(future)) {
      response.body().bytes();
      if (!grpcStatus.equals(response.trailers().get("grpc-status"))) {
        throw new IOException(response + ", " + response.trailers());
      }
    }
  }

  private static Response received(Future<Response> future)
      throws IOException, InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IOException(e);
    }
  }
}
