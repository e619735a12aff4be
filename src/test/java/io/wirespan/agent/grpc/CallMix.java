// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent.grpc;

import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.wirespan.agent.grpc.CallScript.End;
import java.util.ArrayList;
import java.util.List;

/** Calls of many kinds, each with a path of its own. */
public final class CallMix {
  private static final int LONG_MILLIS = 60_000;

  private CallMix() {}

  /** Calls of every kind. */
  public static List<CallScript> ofEveryKind(int rounds) {
    List<CallScript> calls = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      CallScript unary = CallScript.unary("wirespan.Calls/unary" + i);
      calls.add(unary.bytes(i % 8 == 0 ? 100_000 : i));
      calls.add(named("slow", i).waiting(50 + i % 100, 0));
      calls.add(named("client", i).streaming(MethodType.CLIENT_STREAMING, 1 + i % 9, 1));
      calls.add(
          named("server", i)
              .streaming(MethodType.SERVER_STREAMING, 1, i % 9)
              .bytes(i % 8 == 0 ? 30_000 : i)
              .waiting(20, 40));
      int both = 1 + i % 7;
      calls.add(
          named("both", i).streaming(MethodType.BIDI_STREAMING, both, both).waiting(0, i % 60));
      Status.Code code = Status.fromCodeValue(1 + i % 16).getCode();
      calls.add(named("fails", i).failing(code, 0));
      calls.add(
          named("breaks", i)
              .streaming(MethodType.SERVER_STREAMING, 1, 3)
              .failing(code, 3)
              .waiting(0, 30));
    }
    return calls;
  }

  /** A call of a service of its kind. */
  public static CallScript named(String kind, int number) {
    return CallScript.unary("wirespan." + kind + ".Calls/" + kind + number);
  }

  /** Calls that the client gives up. */
  public static List<CallScript> givenUp(int rounds) {
    List<CallScript> calls = new ArrayList<>();
    calls.add(named("left", rounds).streaming(MethodType.BIDI_STREAMING, 1, 1).ending(End.CLIENT));
    for (int i = 0; i < rounds; i++) {
      calls.add(named("late", i).waiting(LONG_MILLIS, 0).ending(End.DEADLINE));
      calls.add(
          named("cancelled", i)
              .streaming(MethodType.SERVER_STREAMING, 1, 2)
              .waiting(0, LONG_MILLIS)
              .ending(End.CLIENT));
      calls.add(named("left", i).streaming(MethodType.BIDI_STREAMING, 3, 3).ending(End.CLIENT));
    }
    return calls;
  }
}
