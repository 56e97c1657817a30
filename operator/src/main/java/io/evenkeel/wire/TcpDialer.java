package io.evenkeel.wire;

import io.evenkeel.core.pool.Address;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** Plain TCP to an IP address. */
public record TcpDialer(Address address, Limits limits) implements Dialer {
  @Override
  public String describe() {
    return address.toString();
  }

  @Override
  public Connection dial() throws IOException {
    Socket socket = new Socket();
    return BoundedConnection.open(
        describe(),
        limits,
        socket,
        () -> {
          connect(socket);
          return new BoundedConnection.Streams(socket.getInputStream(), socket.getOutputStream());
        });
  }

  void connect(Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    // ofLiteral never asks a name server: a class names addresses, not hosts.
    socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address.ip()), address.port()));
  }
}
