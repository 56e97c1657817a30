package io.evenkeel.wire;

import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * TLS over TCP. The peer's certificate must come from the identity's authority and name the server
 * name, or the IP address that was dialled when there is none.
 */
public record TlsDialer(TcpDialer tcp, TlsIdentity identity, Optional<String> serverName)
    implements Dialer {
  @Override
  public String describe() {
    return "tls:" + tcp.describe();
  }

  @Override
  public Connection dial() throws IOException {
    Socket socket = new Socket();
    // The raw socket is the transport: closing an SSLSocket could itself wait for the peer.
    return BoundedConnection.open(describe(), tcp.limits(), socket, () -> handshake(socket));
  }

  private BoundedConnection.Streams handshake(Socket socket) throws IOException {
    tcp.connect(socket);
    String name = serverName.orElse(tcp.address().ip());
    SSLSocket tls =
        (SSLSocket)
            identity
                .context()
                .getSocketFactory()
                .createSocket(socket, name, tcp.address().port(), true);
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    serverName.ifPresent(sni -> parameters.setServerNames(List.of(new SNIHostName(sni))));
    tls.setSSLParameters(parameters);
    tls.startHandshake();
    return new BoundedConnection.Streams(tls.getInputStream(), tls.getOutputStream());
  }
}
