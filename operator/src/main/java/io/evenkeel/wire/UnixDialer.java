package io.evenkeel.wire;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A Unix domain socket in this process's own file system. */
public record UnixDialer(Path path, Limits limits) implements Dialer {
  @Override
  public String describe() {
    return "unix:" + path;
  }

  @Override
  public Connection dial() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    return BoundedConnection.open(
        describe(),
        limits,
        channel,
        () -> {
          channel.connect(UnixDomainSocketAddress.of(path));
          return new BoundedConnection.Streams(
              Channels.newInputStream(channel), Channels.newOutputStream(channel));
        });
  }
}
