package dev.lectern.launch;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.deser.BeanDeserializerBuilder;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Kubernetes manifests, parsed with the classes of the API; a field that the API lacks is refused.
 */
final class Manifests {
  private static final Map<String, Class<?>> KINDS =
      Map.ofEntries(
          Map.entry("v1/ConfigMap", ConfigMap.class),
          Map.entry("v1/Namespace", Namespace.class),
          Map.entry("v1/PersistentVolumeClaim", PersistentVolumeClaim.class),
          Map.entry("v1/Pod", Pod.class),
          Map.entry("v1/Secret", Secret.class),
          Map.entry("v1/Service", Service.class),
          Map.entry("v1/ServiceAccount", ServiceAccount.class),
          Map.entry("apps/v1/Deployment", Deployment.class),
          Map.entry("apps/v1/StatefulSet", StatefulSet.class),
          Map.entry("batch/v1/Job", Job.class),
          Map.entry("networking.k8s.io/v1/NetworkPolicy", NetworkPolicy.class),
          Map.entry("policy/v1/PodDisruptionBudget", PodDisruptionBudget.class),
          Map.entry("keda.sh/v1alpha1/ScaledObject", ScaledObject.class),
          Map.entry("monitoring.coreos.com/v1/PodMonitor", PodMonitor.class));

  private static final YAMLMapper YAML = strict();

  private final List<Object> all;

  private Manifests(List<Object> all) {
    this.all = List.copyOf(all);
  }

  /** KEDA's resource, as far as Lectern uses it. */
  record ScaledObject(String apiVersion, String kind, ObjectMeta metadata, Spec spec) {
    record Spec(
        Target scaleTargetRef,
        Integer minReplicaCount,
        Integer maxReplicaCount,
        Integer pollingInterval,
        Integer cooldownPeriod,
        Fallback fallback,
        JsonNode advanced,
        List<Trigger> triggers) {}

    record Target(String apiVersion, String kind, String name) {}

    record Fallback(int failureThreshold, int replicas) {}

    record Trigger(String type, Metadata metadata) {}

    record Metadata(
        String serverAddress,
        String query,
        String threshold,
        String activationThreshold,
        @JsonProperty("ignoreNullValues") String ignoreNullValues) {}
  }

  /** The Prometheus operator's resource, as far as Lectern uses it. */
  record PodMonitor(String apiVersion, String kind, ObjectMeta metadata, Watched spec) {
    record Watched(LabelSelector selector, List<Endpoint> podMetricsEndpoints) {}

    record Endpoint(String port, String path, String interval) {}
  }

  /** Parses the documents of a YAML text. */
  static Manifests parse(String text) throws IOException {
    List<Object> found = new ArrayList<>();
    try (MappingIterator<JsonNode> documents =
        YAML.readerFor(JsonNode.class).readValues(YAML.createParser(text))) {
      while (documents.hasNext()) {
        JsonNode document = documents.next();
        String kind = document.path("apiVersion").asText() + "/" + document.path("kind").asText();
        Class<?> type = KINDS.get(kind);
        if (type == null) {
          throw new IllegalArgumentException("found a manifest of the unexpected kind " + kind);
        }
        found.add(YAML.treeToValue(document, type));
      }
    }
    return new Manifests(found);
  }

  <T> List<T> of(Class<T> type) {
    return all.stream().filter(type::isInstance).map(type::cast).toList();
  }

  <T extends HasMetadata> T named(Class<T> type, String name) {
    return of(type).stream()
        .filter(m -> m.getMetadata().getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + type.getSimpleName() + " " + name));
  }

  /** What every workload starts. */
  List<PodTemplateSpec> pods() {
    List<PodTemplateSpec> pods = new ArrayList<>();
    of(Deployment.class).forEach(d -> pods.add(d.getSpec().getTemplate()));
    of(StatefulSet.class).forEach(s -> pods.add(s.getSpec().getTemplate()));
    of(Job.class).forEach(j -> pods.add(j.getSpec().getTemplate()));
    return pods;
  }

  /** The model takes in any field and keeps it aside; without that, unknown ones are errors. */
  private static YAMLMapper strict() {
    YAMLMapper mapper = new YAMLMapper();
    mapper.enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    SimpleModule module = new SimpleModule();
    module.setDeserializerModifier(
        new BeanDeserializerModifier() {
          @Override
          public BeanDeserializerBuilder updateBuilder(
              DeserializationConfig config,
              BeanDescription description,
              BeanDeserializerBuilder builder) {
            builder.setAnySetter(null);
            return builder;
          }
        });
    mapper.registerModule(module);
    return mapper;
  }
}
