package io.evenkeel.lab;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A real API server on a real etcd, ready in seconds, optionally with the controllers that make
 * EndpointSlices of pods, collect garbage and finish namespaces. RBAC is on. One per sandbox at a
 * time: it listens on fixed addresses.
 */
public final class ControlPlane implements AutoCloseable {
  /** The user in system:masters behind {@link #client()}. */
  public static final String ADMIN = "admin";

  private static final String URL = "https://10.97.0.1:6443";
  private static final String ETCD = "http://127.0.0.1:2379";
  private static final long TOKEN_SECONDS = Duration.ofDays(1).toSeconds();
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Sandbox sandbox;
  private final Options options;
  private final Path directory;
  private final List<String> apiServerCommand;
  private final Map<String, KubernetesClient> clients = new LinkedHashMap<>();
  private final Child etcd;
  private Child apiServer;
  private @Nullable Child controllerManager;
  private @Nullable AuditLog auditLog;

  /**
   * What to start.
   *
   * @param users name → groups; a user's token is its name followed by {@code -token}
   * @param controllers whether kube-controller-manager runs
   * @param apiServerFlags additional flags of kube-apiserver
   */
  public record Options(
      Map<String, List<String>> users, boolean controllers, List<String> apiServerFlags) {
    /** The admin and nobody else, no controllers. */
    public static Options standard() {
      return new Options(Map.of(ADMIN, List.of("system:masters")), false, List.of());
    }

    /** With one more user, who may do nothing but what RBAC grants. */
    public Options withUser(String name, String... groups) {
      Map<String, List<String>> all = new LinkedHashMap<>(users);
      all.put(name, List.of(groups));
      return new Options(all, controllers, apiServerFlags);
    }

    /** With kube-controller-manager. */
    public Options withControllers() {
      return new Options(users, true, apiServerFlags);
    }

    /** With additional flags of kube-apiserver, such as {@code --max-requests-inflight=10}. */
    public Options withApiServerFlags(String... flags) {
      return new Options(users, controllers, List.of(flags));
    }
  }

  /** An admin, no controllers; returns when the API server is ready. */
  public static ControlPlane start(Sandbox sandbox, Binaries binaries) {
    return start(sandbox, binaries, Options.standard());
  }

  /**
   * Returns when the API server is ready.
   *
   * @throws LabException if a part is missing or does not come up within a minute
   */
  public static ControlPlane start(Sandbox sandbox, Binaries binaries, Options options) {
    List<Part> parts = new ArrayList<>(List.of(Part.ETCD, Part.KUBE_APISERVER));
    if (options.controllers()) {
      parts.add(Part.KUBE_CONTROLLER_MANAGER);
    }
    binaries.request(parts);
    ControlPlane plane = new ControlPlane(sandbox, binaries, options);
    try {
      plane.awaitReady();
      if (options.controllers()) {
        plane.startControllers(binaries.get(Part.KUBE_CONTROLLER_MANAGER));
      }
      return plane;
    } catch (RuntimeException e) {
      plane.close();
      throw e;
    }
  }

  private ControlPlane(Sandbox sandbox, Binaries binaries, Options options) {
    this.sandbox = sandbox;
    this.options = options;
    this.directory = sandbox.directory("control-plane");
    try {
      writeFiles();
    } catch (IOException | GeneralSecurityException e) {
      throw new LabException("cannot prepare the control plane: " + e.getMessage(), e);
    }
    this.etcd = startEtcd(binaries.get(Part.ETCD));
    this.apiServerCommand = apiServerCommand(binaries.get(Part.KUBE_APISERVER));
    this.apiServer = sandbox.start("kube-apiserver", apiServerCommand);
  }

  private void writeFiles() throws IOException, GeneralSecurityException {
    StringBuilder tokens = new StringBuilder();
    options
        .users()
        .forEach((user, groups) ->
            tokens.append(
                "%s,%s,%s,\"%s\"%n".formatted(token(user), user, user, String.join(",", groups))));
    Files.writeString(directory.resolve("tokens.csv"), tokens);
    Files.writeString(directory.resolve("audit-policy.yaml"), AUDIT_POLICY);
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    var keys = generator.generateKeyPair();
    Files.writeString(
        directory.resolve("sa.key"), Authority.pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
    Files.writeString(
        directory.resolve("sa.pub"), Authority.pem("PUBLIC KEY", keys.getPublic().getEncoded()));
    for (String user : options.users().keySet()) {
      Files.writeString(kubeconfig(user), kubeconfigText(user, token(user)));
    }
  }

  private static final String AUDIT_POLICY =
      """
      apiVersion: audit.k8s.io/v1
      kind: Policy
      omitStages: [RequestReceived, ResponseStarted]
      rules:
      - level: None
        nonResourceURLs: ["*"]
      - level: Metadata
        verbs: [get, list, watch]
      - level: Metadata
        resources: [{group: coordination.k8s.io}, {group: "", resources: [secrets, events]}]
      - level: Request
      """;

  private String kubeconfigText(String user, String token) {
    return """
    apiVersion: v1
    kind: Config
    clusters:
    - name: lab
      cluster: {server: "%s", certificate-authority: "%s"}
    users:
    - name: %s
      user: {token: "%s"}
    contexts:
    - name: lab
      context: {cluster: lab, user: %s}
    current-context: lab
    """
        .formatted(URL, certificate(), user, token, user);
  }

  /** The API server makes it at its first start, with its authority in the same file. */
  private Path certificate() {
    return directory.resolve("certs").resolve("apiserver.crt");
  }

  private Child startEtcd(Path binary) {
    Child child =
        sandbox.start(
            "etcd",
            List.of(
                binary.toString(),
                "--data-dir=" + directory.resolve("etcd"),
                "--unsafe-no-fsync",
                "--listen-client-urls=" + ETCD,
                "--advertise-client-urls=" + ETCD,
                "--listen-peer-urls=http://127.0.0.1:2380",
                "--log-level=warn"));
    return child;
  }

  private List<String> apiServerCommand(Path binary) {
    List<String> command =
        new ArrayList<>(
            List.of(
                binary.toString(),
                "--etcd-servers=" + ETCD,
                "--bind-address=" + Sandbox.address(1),
                "--advertise-address=" + Sandbox.address(1),
                "--endpoint-reconciler-type=none",
                "--secure-port=6443",
                "--cert-dir=" + directory.resolve("certs"),
                "--token-auth-file=" + directory.resolve("tokens.csv"),
                "--authorization-mode=RBAC",
                "--service-account-issuer=" + URL,
                "--service-account-signing-key-file=" + directory.resolve("sa.key"),
                "--service-account-key-file=" + directory.resolve("sa.pub"),
                "--service-cluster-ip-range=10.96.0.0/16",
                // Pods of the lab have no containers, so they need no service account either.
                "--disable-admission-plugins=ServiceAccount",
                "--audit-policy-file=" + directory.resolve("audit-policy.yaml"),
                "--audit-log-path=" + directory.resolve("audit.log"),
                "--audit-log-mode=blocking",
                "--shutdown-delay-duration=0s",
                "--profiling=false"));
    command.addAll(options.apiServerFlags());
    return List.copyOf(command);
  }

  private void startControllers(Path binary) {
    controllerManager =
        sandbox.start(
            "kube-controller-manager",
            List.of(
                binary.toString(),
                "--kubeconfig=" + kubeconfig(),
                "--authentication-kubeconfig=" + kubeconfig(),
                "--authorization-kubeconfig=" + kubeconfig(),
                "--bind-address=127.0.0.1",
                "--cert-dir=" + sandbox.directory("controller-manager"),
                "--leader-elect=false",
                "--use-service-account-credentials=false",
                "--controllers=endpointslice-controller,garbage-collector-controller,"
                    + "namespace-controller,replicaset-controller,deployment-controller",
                "--endpointslice-updates-batch-period=0s"));
  }

  private void awaitReady() {
    apiServer.awaitReady(LIMIT, this::isReady);
  }

  private boolean isReady() {
    if (!etcd.isAlive()) {
      throw new LabException("etcd has ended:\n" + etcd.tail());
    }
    return Files.exists(certificate()) && ReadinessProbe.isReady(URL, token(ADMIN), certificate());
  }

  private Config config(String user) {
    return new ConfigBuilder(Config.empty())
        .withMasterUrl(URL)
        .withCaCertFile(certificate().toString())
        .withOauthToken(token(user))
        .withNamespace("default")
        .withUserAgent("lab-" + user)
        .build();
  }

  private static String token(String user) {
    return user + "-token";
  }

  /** The API server's address. */
  public String url() {
    return URL;
  }

  /** A client that may do everything; shared, closed with the control plane. */
  public KubernetesClient client() {
    return client(ADMIN);
  }

  /** A client of one of the users in the options; shared, closed with the control plane. */
  public KubernetesClient client(String user) {
    if (!options.users().containsKey(user)) {
      throw new IllegalArgumentException("no such user in the options: " + user);
    }
    synchronized (clients) {
      return clients.computeIfAbsent(
          user, u -> new KubernetesClientBuilder().withConfig(config(u)).build());
    }
  }

  /** The admin's kubeconfig. */
  public Path kubeconfig() {
    return kubeconfig(ADMIN);
  }

  /** A user's kubeconfig. */
  public Path kubeconfig(String user) {
    return directory.resolve(user + ".kubeconfig");
  }

  /**
   * Logs a ServiceAccount in, with a token that the API server signs for it: what a pod finds in
   * its files.
   *
   * @return its kubeconfig, good for a day
   */
  public Path login(String namespace, String serviceAccount) {
    String token =
        client()
            .serviceAccounts()
            .inNamespace(namespace)
            .withName(serviceAccount)
            .tokenRequest(
                new TokenRequestBuilder()
                    .withNewSpec()
                    .withExpirationSeconds(TOKEN_SECONDS)
                    .endSpec()
                    .build())
            .getStatus()
            .getToken();
    Path file = directory.resolve(namespace + "." + serviceAccount + ".kubeconfig");
    try {
      Files.writeString(file, kubeconfigText(serviceAccount, token));
    } catch (IOException e) {
      throw new LabException("cannot write " + file + ": " + e.getMessage(), e);
    }
    return file;
  }

  /** Creates a namespace if it is not there. */
  public void createNamespace(String name) {
    client()
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .serverSideApply();
  }

  /**
   * Applies every CustomResourceDefinition in these files, or in the {@code *.yaml} and {@code
   * *.yml} of these folders, and returns when they are served.
   */
  public void applyCrds(Path... filesOrFolders) {
    new Definitions(client()).apply(List.of(filesOrFolders));
  }

  /** Applies Evenkeel's own definitions as they are in the library. */
  public void applyEvenkeelCrds() {
    for (String kind : List.of("balancerclasses", "balancedbackendpools")) {
      String resource = "/META-INF/fabric8/" + kind + ".evenkeel.io-v1.yml";
      try (InputStream in = ControlPlane.class.getResourceAsStream(resource)) {
        Path file = directory.resolve(kind + ".yml");
        Files.copy(Objects.requireNonNull(in, resource), file, StandardCopyOption.REPLACE_EXISTING);
        applyCrds(file);
      } catch (IOException e) {
        throw new LabException("cannot copy " + resource + ": " + e.getMessage(), e);
      }
    }
  }

  /** The API server's own record of who asked for what. */
  public synchronized AuditLog auditLog() {
    if (auditLog == null) {
      auditLog =
          new AuditLog(
              directory.resolve("audit.log"),
              name -> client().configMaps().inNamespace("default").withName(name).get());
    }
    return auditLog;
  }

  /** Stops the API server as an upgrade does; etcd keeps the objects. */
  public void stopApiServer() {
    apiServer.close();
  }

  /** Kills the API server outright. */
  public void killApiServer() {
    apiServer.kill();
  }

  /** Starts a stopped API server again and returns when it is ready. */
  public void startApiServer() {
    if (apiServer.isAlive()) {
      throw new IllegalStateException("the API server is running");
    }
    apiServer = sandbox.start("kube-apiserver", apiServerCommand);
    awaitReady();
  }

  /** The API server's process, for faults such as {@code signal("STOP")}. */
  public Child apiServer() {
    return apiServer;
  }

  /** Etcd's process, for faults. */
  public Child etcd() {
    return etcd;
  }

  @Override
  public void close() {
    synchronized (clients) {
      clients.values().forEach(KubernetesClient::close);
      clients.clear();
    }
    if (controllerManager != null) {
      controllerManager.kill(); // Nothing to save, and a clean end takes it seconds.
    }
    apiServer.kill();
    etcd.kill();
    Sandbox.deleteTree(directory);
  }

  static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new LabException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
