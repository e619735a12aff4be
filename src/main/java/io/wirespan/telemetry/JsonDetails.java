// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import io.wirespan.protocol.Detail;
import java.io.IOException;
import java.util.Locale;

/** The objects that say what a line is besides a request and a response; null where it is not. */
final class JsonDetails {
  private static final SerializedString GRPC = new SerializedString("grpc");
  private static final SerializedString WEBSOCKET = new SerializedString("websocket");
  private static final SerializedString TCP = new SerializedString("tcp");
  private static final SerializedString SERVICE = new SerializedString("service");
  private static final SerializedString METHOD = new SerializedString("method");
  private static final SerializedString STATUS = new SerializedString("status");
  private static final SerializedString REQUEST_MESSAGES = new SerializedString("request_messages");
  private static final SerializedString RESPONSE_MESSAGES =
      new SerializedString("response_messages");
  private static final SerializedString CLIENT = new SerializedString("client");
  private static final SerializedString SERVER = new SerializedString("server");
  private static final SerializedString FRAMES = new SerializedString("frames");
  private static final SerializedString MESSAGES = new SerializedString("messages");
  private static final SerializedString BYTES = new SerializedString("bytes");
  private static final SerializedString CLOSE_CODE = new SerializedString("close_code");
  private static final SerializedString CLOSE = new SerializedString("close");
  private static final SerializedString CLOSED_BY = new SerializedString("closed_by");

  private final JsonGenerator json;

  JsonDetails(JsonGenerator json) {
    this.json = json;
  }

  void write(Detail detail) throws IOException {
    json.writeFieldName(GRPC);
    if (detail instanceof Detail.Grpc grpc) {
      writeGrpc(grpc);
    } else {
      json.writeNull();
    }
    json.writeFieldName(WEBSOCKET);
    if (detail instanceof Detail.WebSocket webSocket) {
      writeWebSocket(webSocket);
    } else {
      json.writeNull();
    }
    json.writeFieldName(TCP);
    if (detail instanceof Detail.TcpSession session) {
      writeTcp(session);
    } else {
      json.writeNull();
    }
  }

  private void writeGrpc(Detail.Grpc grpc) throws IOException {
    json.writeStartObject();
    text(SERVICE, grpc.service());
    text(METHOD, grpc.method());
    number(STATUS, grpc.status());
    number(REQUEST_MESSAGES, grpc.requestMessages());
    number(RESPONSE_MESSAGES, grpc.responseMessages());
    json.writeEndObject();
  }

  private void writeWebSocket(Detail.WebSocket webSocket) throws IOException {
    json.writeStartObject();
    writeSide(CLIENT, webSocket.client());
    writeSide(SERVER, webSocket.server());
    number(CLOSE_CODE, webSocket.closeCode());
    json.writeEndObject();
  }

  private void writeSide(SerializedString name, Detail.WebSocketSide side) throws IOException {
    json.writeFieldName(name);
    json.writeStartObject();
    number(FRAMES, side.frames());
    number(MESSAGES, side.messages());
    number(BYTES, side.payloadBytes());
    json.writeEndObject();
  }

  private void writeTcp(Detail.TcpSession session) throws IOException {
    json.writeStartObject();
    text(CLOSE, session.reason().name().toLowerCase(Locale.ROOT));
    text(CLOSED_BY, session.closedBy().text());
    json.writeEndObject();
  }

  private void text(SerializedString name, String value) throws IOException {
    json.writeFieldName(name);
    if (value.isEmpty()) {
      json.writeNull();
    } else {
      json.writeString(value);
    }
  }

  private void number(SerializedString name, long value) throws IOException {
    json.writeFieldName(name);
    if (value == Detail.UNKNOWN) {
      json.writeNull();
    } else {
      json.writeNumber(value);
    }
  }
}
