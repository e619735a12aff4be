// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.semconv.ServiceAttributes;
import io.opentelemetry.semconv.TelemetryAttributes;
import io.wirespan.capture.CaptureInterface;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whose spans these are: the workload's node, pod and service. There is nothing of our own process
 * among them ({@code process.pid} and the like), since it is not the one that serves or calls.
 *
 * <p>Spans are grouped by the identity of their resource, so each service has one object.
 */
final class Resources {
  private static final String DEFAULT_SERVICE = "wirespan";
  private static final AttributeKey<String> HOST_NAME = AttributeKey.stringKey("host.name");

  /** Kubernetes attribute → variables of the downward API that may hold it, best first. */
  private static final Map<String, List<String>> DOWNWARD_API =
      Map.of(
          "k8s.node.name", List.of("K8S_NODE_NAME", "NODE_NAME", "MY_NODE_NAME"),
          "k8s.namespace.name", List.of("K8S_NAMESPACE_NAME", "K8S_POD_NAMESPACE", "POD_NAMESPACE"),
          "k8s.pod.name", List.of("K8S_POD_NAME", "POD_NAME", "MY_POD_NAME"),
          "k8s.pod.uid", List.of("K8S_POD_UID", "POD_UID", "MY_POD_UID"),
          "k8s.pod.ip", List.of("K8S_POD_IP", "POD_IP", "MY_POD_IP"),
          "k8s.container.name", List.of("K8S_CONTAINER_NAME", "CONTAINER_NAME"),
          "k8s.deployment.name", List.of("K8S_DEPLOYMENT_NAME", "DEPLOYMENT_NAME"),
          "k8s.cluster.name", List.of("K8S_CLUSTER_NAME", "CLUSTER_NAME"));

  private final Resource common;
  private final EncodedResource commonEncoded;
  private final Map<String, EncodedResource> byService = new HashMap<>();

  Resources(Resource common) {
    this.common = common;
    this.commonEncoded = EncodedResource.of(common);
  }

  /** The version of Wirespan, from the manifest of its jar. */
  static String version() {
    return Optional.ofNullable(Resources.class.getPackage().getImplementationVersion())
        .orElse("dev");
  }

  /** The resource of what is captured on an interface. */
  EncodedResource of(CaptureInterface captured) {
    if (captured.service().isEmpty()) {
      return commonEncoded;
    }
    return byService.computeIfAbsent(captured.service().get(), this::named);
  }

  private EncodedResource named(String service) {
    return EncodedResource.of(
        common.merge(Resource.create(Attributes.of(ServiceAttributes.SERVICE_NAME, service))));
  }

  /**
   * Adds what can be found out to what the SDK made of OTEL_SERVICE_NAME and
   * OTEL_RESOURCE_ATTRIBUTES, which win.
   */
  static Resource complete(Resource configured, Map<String, String> environment) {
    AttributesBuilder found = Attributes.builder();
    found.put(TelemetryAttributes.TELEMETRY_DISTRO_NAME, "wirespan");
    found.put(TelemetryAttributes.TELEMETRY_DISTRO_VERSION, version());
    found.put(HOST_NAME, hostName(environment));
    DOWNWARD_API.forEach(
        (attribute, variables) -> {
          String value = firstSet(variables, environment);
          if (!value.isEmpty()) {
            found.put(AttributeKey.stringKey(attribute), value);
          }
        });
    Resource complete = Resource.create(found.build()).merge(configured);
    return isServiceNamed(configured)
        ? complete
        : complete.merge(
            Resource.create(Attributes.of(ServiceAttributes.SERVICE_NAME, DEFAULT_SERVICE)));
  }

  private static boolean isServiceNamed(Resource configured) {
    String name = configured.getAttribute(ServiceAttributes.SERVICE_NAME);
    return name != null && !name.startsWith("unknown_service");
  }

  /** Outside Kubernetes, NODE_NAME and the like are set by others too (Jenkins, for one). */
  private static String firstSet(List<String> variables, Map<String, String> environment) {
    boolean inCluster = environment.containsKey("KUBERNETES_SERVICE_HOST");
    return variables.stream()
        .filter(variable -> inCluster || variable.startsWith("K8S_"))
        .map(variable -> environment.getOrDefault(variable, ""))
        .filter(value -> !value.isEmpty())
        .findFirst()
        .orElse("");
  }

  /** The node's name if it is known, since in a container the kernel knows only the pod's. */
  private static String hostName(Map<String, String> environment) {
    String node = firstSet(DOWNWARD_API.get("k8s.node.name"), environment);
    if (!node.isEmpty()) {
      return node;
    }
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      // Not a Linux: replaying a capture file works there too.
      return environment.getOrDefault("HOSTNAME", "localhost");
    }
  }
}
