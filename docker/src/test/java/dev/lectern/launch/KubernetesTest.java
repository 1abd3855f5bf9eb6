package dev.lectern.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lectern.cli.CommandLines;
import dev.lectern.cli.ExitCode;
import dev.lectern.producer.publish.PublishConfig;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.teacher.ledger.LedgerApp;
import dev.lectern.teacher.ledger.LedgerConfig;
import dev.lectern.teacher.recording.TeachConfig;
import dev.lectern.trainer.train.TrainConfig;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/**
 * The manifests are what Kubernetes and Lectern accept, alone and as the overlays put them
 * together.
 */
class KubernetesTest {
  private static final Path ROOT = Path.of("kubernetes");

  /** The Secret with the dashboard's token, which whoever installs makes. */
  private static final String TOKEN = "lectern-dashboard";

  static List<Path> kustomizations() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files.filter(f -> f.endsWith("kustomization.yaml")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("kustomizations")
  void whatAKustomizationNamesExists(Path file) throws IOException {
    Map<String, Object> kustomization = new Yaml().load(Files.readString(file));
    Path folder = file.getParent();
    for (String key : List.of("resources", "components")) {
      for (String named : ComposeFile.strings(kustomization.get(key))) {
        Path resource = folder.resolve(named).normalize();
        assertThat(resource).as(file + ": " + key).exists();
        if (Files.isDirectory(resource)) {
          assertThat(resource.resolve("kustomization.yaml")).exists();
        } else {
          assertThat(Manifests.parse(Files.readString(resource)).of(Object.class)).isNotEmpty();
        }
      }
    }
    for (String key : List.of("configMapGenerator", "secretGenerator")) {
      for (Object generator : (List<?>) kustomization.getOrDefault(key, List.of())) {
        for (String named : ComposeFile.strings(ComposeFile.map(generator).get("files"))) {
          assertThat(folder.resolve(named)).as(file + ": " + key).isRegularFile();
        }
      }
    }
    for (Object patch : (List<?>) kustomization.getOrDefault("patches", List.of())) {
      Object path = ComposeFile.map(patch).get("path");
      if (path != null) {
        Map<String, Object> patched =
            new Yaml().load(Files.readString(folder.resolve(path.toString())));
        assertThat(base()).as(file + ": " + path).contains(kindAndName(patched));
      } else {
        Map<String, Object> target = ComposeFile.map(ComposeFile.map(patch).get("target"));
        String named = target.get("kind") + " " + target.get("name");
        assertThat(manifestsOfAllFolders()).anyMatch(manifest -> manifest.matches(named));
      }
    }
  }

  @Test
  void aFieldThatTheApiLacksIsRefused() throws IOException {
    String manifest = Files.readString(ROOT.resolve("base/teacher.yaml"));

    assertThatThrownBy(() -> Manifests.parse(manifest.replace("runAsNonRoot:", "runAsNoRoot:")))
        .hasMessageContaining("runAsNoRoot");
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "overlays/trial", "overlays/gpu", "overlays/autoscaled"})
  void aRenderedOverlayHoldsTogether(String overlay) throws Exception {
    Manifests manifests = rendered(ROOT.resolve(overlay));
    assertThat(manifests.pods()).hasSizeGreaterThanOrEqualTo(3);
    for (HasMetadata manifest : manifests.of(HasMetadata.class)) {
      assertThat(manifest.getMetadata().getNamespace())
          .as(manifest.getMetadata().getName())
          .isEqualTo(manifest instanceof Namespace ? null : "lectern");
    }
    for (PodTemplateSpec pod : manifests.pods()) {
      hasNoRights(pod.getSpec());
      findsItsVolumes(pod.getSpec(), manifests);
      if (isLectern(pod)) {
        startsARole(pod.getSpec());
      }
    }
    Deployment teacher = manifests.named(Deployment.class, "teacher");
    Map<String, String> labels = teacher.getSpec().getTemplate().getMetadata().getLabels();
    for (PodDisruptionBudget budget : manifests.of(PodDisruptionBudget.class)) {
      assertThat(labels).containsAllEntriesOf(budget.getSpec().getSelector().getMatchLabels());
    }
    for (Service service : manifests.of(Service.class)) {
      assertThat(manifests.pods())
          .anyMatch(
              pod ->
                  pod.getMetadata()
                      .getLabels()
                      .entrySet()
                      .containsAll(service.getSpec().getSelector().entrySet()));
    }
    everyPodMayReachKafka(manifests);
    configurationIsWhatTheRolesRead(manifests, teacher);
  }

  @Test
  void everyStudentHasItsRunFile() throws Exception {
    Manifests manifests = rendered(ROOT.resolve("base"));
    Job students = manifests.named(Job.class, "students");
    ConfigMap runs = named(manifests, "lectern-runs-");

    assertThat(runs.getData()).hasSize(students.getSpec().getCompletions());
    assertThat(students.getSpec().getCompletionMode()).isEqualTo("Indexed");
    List<String> given = List.of("recording=r", "student.classes=3");
    for (int i = 0; i < students.getSpec().getCompletions(); i++) {
      TrainConfig run =
          ConfigLoader.bind(runs.getData().get(i + ".yaml"), given, TrainConfig.class, i + ".yaml");
      assertThat(run.evaluation().split()).isEqualTo("val");
      assertThat(run.out().toString()).isEqualTo("/var/lib/lectern/runs/" + i);
      assertThat(run.replay().store()).startsWith("/var/lib/lectern/");
    }
    Container student = students.getSpec().getTemplate().getSpec().getContainers().get(0);
    EnvVar index = student.getEnv().get(0);
    assertThat(student.getArgs())
        .contains(
            "--config=/runs/$(" + index.getName() + ").yaml",
            "--recording=$(RECORDING)",
            "--set=student.classes=$(CLASSES)");
    assertThat(index.getValueFrom().getFieldRef().getFieldPath())
        .isEqualTo("metadata.annotations['batch.kubernetes.io/job-completion-index']");
  }

  @ParameterizedTest
  @ValueSource(strings = {"base/students.yaml", "components/publish/publish.yaml"})
  void aJobGoesOnAfterADrainAndGivesUpOnAMistake(String file) throws Exception {
    JobSpec job =
        Manifests.parse(Files.readString(ROOT.resolve(file))).of(Job.class).get(0).getSpec();
    List<PodFailurePolicyRule> rules = job.getPodFailurePolicy().getRules();

    // An exit code of a signal is a failed pod, which another one replaces.
    assertThat(job.getTemplate().getSpec().getRestartPolicy()).isEqualTo("Never");
    assertThat(job.getPodReplacementPolicy()).isEqualTo("Failed");
    assertThat(rules).hasSize(2);
    PodFailurePolicyRule mistake = rules.get(0);
    assertThat(mistake.getAction()).startsWith("Fail");
    assertThat(mistake.getOnExitCodes().getOperator()).isEqualTo("In");
    assertThat(mistake.getOnExitCodes().getValues()).containsExactly(ExitCode.USER_MISTAKE);
    assertThat(mistake.getOnExitCodes().getContainerName())
        .isEqualTo(job.getTemplate().getSpec().getContainers().get(0).getName());
    PodFailurePolicyRule drained = rules.get(1);
    assertThat(drained.getAction()).isEqualTo("Ignore");
    assertThat(drained.getOnPodConditions())
        .singleElement()
        .satisfies(condition -> assertThat(condition.getType()).isEqualTo("DisruptionTarget"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"overlays/trial", "overlays/gpu", "overlays/autoscaled"})
  void theDashboardHasATokenAndIsReachedAtItsPortAlone(String overlay) throws Exception {
    Manifests manifests = rendered(ROOT.resolve(overlay));
    PodSpec pod = manifests.named(Deployment.class, "dashboard").getSpec().getTemplate().getSpec();
    Container container = pod.getContainers().get(0);
    NetworkPolicy policy = manifests.named(NetworkPolicy.class, "dashboard");
    Service service = manifests.named(Service.class, "dashboard");

    assertThat(container.getArgs())
        .contains("--host=0.0.0.0", "--port=8080", "--token-file=/secrets/dashboard-token");
    assertThat(
            pod.getVolumes().stream()
                .filter(volume -> volume.getProjected() != null)
                .flatMap(volume -> volume.getProjected().getSources().stream())
                .map(source -> source.getSecret())
                .filter(secret -> secret.getName().equals(TOKEN)))
        .singleElement()
        .satisfies(
            secret -> {
              assertThat(secret.getOptional()).isNull();
              assertThat(secret.getItems().get(0).getPath()).isEqualTo("dashboard-token");
            });
    assertThat(service.getSpec().getPorts().get(0).getTargetPort().getStrVal())
        .isEqualTo(container.getPorts().get(0).getName());
    assertThat(policy.getSpec().getPodSelector().getMatchLabels())
        .isEqualTo(service.getSpec().getSelector());
    assertThat(policy.getSpec().getIngress()).hasSize(1);
    assertThat(policy.getSpec().getIngress().get(0).getPorts())
        .singleElement()
        .satisfies(port -> assertThat(port.getPort().getIntVal()).isEqualTo(8080));
  }

  @ParameterizedTest
  @ValueSource(strings = {"overlays/trial", "overlays/gpu", "overlays/autoscaled"})
  void everyImageIsOneThatTheOverlayNames(String overlay) throws Exception {
    String pom = Files.readString(Path.of("pom.xml"));
    String version = pom.substring(pom.indexOf("<version>") + 9, pom.indexOf("</version>"));
    for (PodTemplateSpec pod : rendered(ROOT.resolve(overlay)).pods()) {
      if (isLectern(pod)) {
        assertThat(pod.getSpec().getContainers().get(0).getImage()).endsWith(":" + version);
      }
    }
    Manifests files = rendered(ROOT.resolve("overlays/files"));
    assertThat(files.of(Pod.class).get(0).getSpec().getContainers().get(0).getImage())
        .isEqualTo("lectern-teacher:" + version);
  }

  @Test
  void whatTheFleetWorksOnIsSaidOnce() throws Exception {
    Manifests manifests = rendered(ROOT.resolve("overlays/autoscaled"));
    Map<String, String> fleet = named(manifests, "lectern-fleet-").getData();

    assertThat(fleet)
        .containsKeys("DATASET", "RECORDING", "CLASSES", "LECTERN_BOOTSTRAP_SERVERS", "PROMETHEUS");
    for (PodTemplateSpec pod : manifests.pods()) {
      Container container = pod.getSpec().getContainers().get(0);
      assertThat(container.getEnvFrom().get(0).getConfigMapRef().getName())
          .startsWith("lectern-fleet-");
      for (String argument : container.getArgs()) {
        Matcher variable = Pattern.compile("\\$\\((?!RUN)([A-Z_]+)\\)").matcher(argument);
        while (variable.find()) {
          assertThat(fleet).containsKey(variable.group(1));
        }
        assertThat(argument).doesNotContain(fleet.get("RECORDING"));
      }
    }
    assertThat(named(manifests.of(Secret.class), "lectern-kafka-client-").getData().values())
        .noneMatch(
            properties ->
                new String(Base64.getMimeDecoder().decode(properties), StandardCharsets.UTF_8)
                    .contains("bootstrap.servers"));
    Manifests.ScaledObject scaled = manifests.of(Manifests.ScaledObject.class).get(0);
    assertThat(scaled.spec().triggers().get(0).metadata().query())
        .contains("{recording=\"" + fleet.get("RECORDING") + "\"}");
    assertThat(scaled.spec().triggers().get(0).metadata().serverAddress())
        .isEqualTo(fleet.get("PROMETHEUS"));
  }

  @Test
  void componentsForARealClusterFitTheBase() throws Exception {
    Path folder = Files.createDirectories(Path.of("target", "real-cluster"));
    Files.writeString(
        folder.resolve("kustomization.yaml"),
        """
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        resources: [../../kubernetes/base]
        components:
          - ../../kubernetes/components/publish
          - ../../kubernetes/components/fetch
          - ../../kubernetes/components/managed-kafka
          - ../../kubernetes/components/students-on-many-nodes
          - ../../kubernetes/components/pod-monitor
          - ../../kubernetes/components/images
        """);
    Manifests manifests = rendered(folder);

    // Models and data come when the pod starts, into a volume of its own
    assertThat(manifests.of(PersistentVolumeClaim.class))
        .extracting(claim -> claim.getMetadata().getName())
        .containsExactly("lectern-students");
    PodSpec teacher =
        manifests.named(Deployment.class, "teacher").getSpec().getTemplate().getSpec();
    PodSpec publish = manifests.named(Job.class, "publish").getSpec().getTemplate().getSpec();
    for (PodSpec pod : List.of(teacher, publish)) {
      Container fetch = pod.getInitContainers().get(0);
      String target = fetch.getArgs().get(2).substring(1);
      assertThat(fetch.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
      assertThat(pod.getVolumes())
          .filteredOn(volume -> volume.getName().equals(target))
          .singleElement()
          .satisfies(
              volume -> {
                assertThat(volume.getEmptyDir()).isNotNull();
                assertThat(volume.getPersistentVolumeClaim()).isNull();
              });
      assertThat(pod.getContainers().get(0).getVolumeMounts())
          .anyMatch(mount -> mount.getMountPath().equals("/" + target));
      findsItsVolumes(pod, manifests);
    }
    // Students run anywhere
    PodSpec student = manifests.named(Job.class, "students").getSpec().getTemplate().getSpec();
    assertThat(student.getAffinity()).isNull();
    findsItsVolumes(student, manifests);
    assertThat(
            manifests
                .named(PersistentVolumeClaim.class, "lectern-students")
                .getSpec()
                .getAccessModes())
        .containsExactly("ReadWriteMany");
    // Brokers and stores outside are reached
    everyPodMayReachKafka(manifests);
    assertThat(manifests.named(NetworkPolicy.class, "lectern").getSpec().getEgress())
        .filteredOn(rule -> rule.getTo().get(0).getIpBlock() != null)
        .hasSize(2);
    // The operator finds the port that pods name
    Manifests.PodMonitor monitor = manifests.of(Manifests.PodMonitor.class).get(0);
    List<String> watched = monitor.spec().selector().getMatchExpressions().get(0).getValues();
    assertThat(manifests.pods())
        .extracting(pod -> pod.getMetadata().getLabels().get("app.kubernetes.io/name"))
        .containsExactlyInAnyOrderElementsOf(watched);
    assertThat(teacher.getContainers().get(0).getPorts().get(0).getName())
        .isEqualTo(monitor.spec().podMetricsEndpoints().get(0).port());
  }

  @Test
  void workersOnGpusAskForOneEach() throws Exception {
    Manifests manifests = rendered(ROOT.resolve("overlays/gpu"));
    Deployment teacher = manifests.named(Deployment.class, "teacher");
    Container container = teacher.getSpec().getTemplate().getSpec().getContainers().get(0);

    assertThat(teacher.getSpec().getReplicas()).isEqualTo(4);
    assertThat(container.getImage()).startsWith("lectern-teacher-cuda");
    assertThat(container.getArgs()).contains("--device=cuda");
    Container student =
        manifests
            .named(Job.class, "students")
            .getSpec()
            .getTemplate()
            .getSpec()
            .getContainers()
            .get(0);
    assertThat(student.getArgs()).contains("--device=cuda", "--config=/runs/$(RUN).yaml");
    assertThat(container.getResources().getLimits().get("nvidia.com/gpu").getAmount())
        .isEqualTo("1");
    Secret client = named(manifests.of(Secret.class), "lectern-kafka-client-");
    assertThat(client.getData()).containsOnlyKeys("client.properties");
  }

  @Test
  void thePodThatFilesAreCopiedWithFindsTheVolumes() throws Exception {
    Pod files = rendered(ROOT.resolve("overlays/files")).of(Pod.class).get(0);

    hasNoRights(files.getSpec());
    findsItsVolumes(files.getSpec(), rendered(ROOT.resolve("overlays/trial")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"keda-backlog", "keda-fleet-lag"})
  void theFleetIsScaledByAFigureThatTheLedgerShows(String component) throws Exception {
    Manifests.ScaledObject scaled =
        Manifests.parse(
                Files.readString(ROOT.resolve("components/" + component + "/scaled-object.yaml")))
            .of(Manifests.ScaledObject.class)
            .get(0);
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    new LedgerApp(LedgerConfig.of("mine-teacher"), Map.of(), Progress.silentFactory(), registry);
    String query = scaled.spec().triggers().get(0).metadata().query();

    assertThat(Metrics.exposed(registry.scrape())).containsAll(Metrics.asked(query));
    assertThat(query).contains("recording=\"mine-teacher\"");
    assertThat(scaled.spec().scaleTargetRef().name()).isEqualTo("teacher");
    assertThat(scaled.spec().minReplicaCount()).isZero();
  }

  private static void hasNoRights(PodSpec pod) {
    String name = pod.getContainers().get(0).getName();
    assertThat(pod.getAutomountServiceAccountToken()).as(name).isFalse();
    assertThat(pod.getSecurityContext().getRunAsNonRoot()).as(name).isTrue();
    assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
    for (Container container : pod.getContainers()) {
      assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
      assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
      assertThat(container.getResources().getRequests()).containsKeys("cpu", "memory");
      assertThat(container.getResources().getLimits()).containsKey("memory");
    }
  }

  private static void findsItsVolumes(PodSpec pod, Manifests manifests) {
    for (Volume volume : pod.getVolumes()) {
      if (volume.getConfigMap() != null) {
        manifests.named(ConfigMap.class, volume.getConfigMap().getName());
      }
      if (volume.getPersistentVolumeClaim() != null) {
        manifests.named(
            PersistentVolumeClaim.class, volume.getPersistentVolumeClaim().getClaimName());
      }
      if (volume.getProjected() != null) {
        volume.getProjected().getSources().stream()
            .filter(s -> s.getSecret() != null && s.getSecret().getOptional() == null)
            .filter(s -> !s.getSecret().getName().equals(TOKEN))
            .forEach(s -> manifests.named(Secret.class, s.getSecret().getName()));
      }
    }
    List<String> claimed =
        manifests.of(StatefulSet.class).stream()
            .filter(s -> s.getSpec().getTemplate().getSpec().equals(pod))
            .flatMap(s -> s.getSpec().getVolumeClaimTemplates().stream())
            .map(claim -> claim.getMetadata().getName())
            .toList();
    for (VolumeMount mount : pod.getContainers().get(0).getVolumeMounts()) {
      assertThat(Stream.concat(pod.getVolumes().stream().map(Volume::getName), claimed.stream()))
          .contains(mount.getName());
    }
  }

  private static void startsARole(PodSpec pod) {
    Container container = pod.getContainers().get(0);
    assertThat(pod.getSecurityContext().getRunAsUser()).isEqualTo(10001L);
    assertThat(pod.getSecurityContext().getFsGroup()).isEqualTo(10001L);
    assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(container.getVolumeMounts().stream().map(VolumeMount::getMountPath))
        .contains("/tmp", "/var/lib/lectern", "/secrets");
    CommandLines.lectern().parseArgs(container.getArgs().toArray(String[]::new));
    assertThat(container.getArgs()).contains("--kafka-properties=/secrets/client.properties");
    boolean isPage = container.getArgs().get(0).equals("dashboard");
    assertThat(container.getPorts().get(0).getContainerPort()).isEqualTo(isPage ? 8080 : 9404);
    asks(container.getStartupProbe(), "/health", container);
    asks(container.getLivenessProbe(), "/health", container);
    // The page is there for those who want to know why Kafka cannot be seen.
    asks(container.getReadinessProbe(), isPage ? "/health" : "/ready", container);
  }

  private static void asks(Probe probe, String path, Container container) {
    assertThat(probe.getHttpGet().getPath()).isEqualTo(path);
    assertThat(probe.getHttpGet().getPort().getStrVal())
        .isEqualTo(container.getPorts().get(0).getName());
  }

  private static void everyPodMayReachKafka(Manifests manifests) {
    NetworkPolicy policy = manifests.named(NetworkPolicy.class, "lectern");
    List<String> allowed =
        policy.getSpec().getPodSelector().getMatchExpressions().get(0).getValues();
    for (PodTemplateSpec pod : manifests.pods()) {
      if (isLectern(pod)) {
        assertThat(allowed).contains(pod.getMetadata().getLabels().get("app.kubernetes.io/name"));
      }
    }
    assertThat(policy.getSpec().getEgress().get(0).getPorts())
        .anyMatch(port -> port.getPort().getIntVal() == 9092);
  }

  private static void configurationIsWhatTheRolesRead(Manifests manifests, Deployment teacher) {
    ConfigMap config = named(manifests, "lectern-config-");
    TeachConfig teach =
        ConfigLoader.bind(
            config.getData().get("teach.yaml"),
            List.of("dataset=d", "recording=r"),
            TeachConfig.class,
            "teach.yaml");
    // The worker has ten seconds beyond the drain before it cuts itself off.
    assertThat(teacher.getSpec().getTemplate().getSpec().getTerminationGracePeriodSeconds())
        .isGreaterThan(teach.pipeline().drainSeconds() + 10L);
    manifests.of(ConfigMap.class).stream()
        .filter(map -> map.getMetadata().getName().startsWith("lectern-publish-"))
        .forEach(
            map -> {
              PublishConfig publish =
                  ConfigLoader.bind(
                      map.getData().get("publish-config.yaml"),
                      List.of("name=d"),
                      PublishConfig.class,
                      "publish-config.yaml");
              assertThat(publish.input().sources())
                  .extracting(source -> source.split())
                  .contains("val");
            });
    for (StatefulSet set : manifests.of(StatefulSet.class)) {
      if (set.getMetadata().getName().equals("kafka")) {
        set.getSpec().getTemplate().getSpec().getContainers().get(0).getEnv().stream()
            .map(EnvVar::getName)
            .filter(name -> name.startsWith("KAFKA_"))
            .map(KafkaImage::setting)
            .forEach(key -> assertThat(AbstractKafkaConfig.CONFIG_DEF.names()).contains(key));
      }
    }
  }

  private static boolean isLectern(PodTemplateSpec pod) {
    return pod.getSpec().getContainers().get(0).getImage().startsWith("lectern");
  }

  private static ConfigMap named(Manifests manifests, String prefix) {
    return named(manifests.of(ConfigMap.class), prefix);
  }

  private static <T extends HasMetadata> T named(List<T> all, String prefix) {
    return all.stream()
        .filter(m -> m.getMetadata().getName().startsWith(prefix))
        .findFirst()
        .orElseThrow(() -> new AssertionError("nothing called " + prefix + "..."));
  }

  /** Kind and name of all that the base has. */
  private static List<String> base() throws IOException {
    try (Stream<Path> files = Files.list(ROOT.resolve("base"))) {
      return files
          .filter(f -> f.toString().endsWith(".yaml") && !f.endsWith("kustomization.yaml"))
          .flatMap(
              f -> {
                try {
                  Iterable<Object> documents = new Yaml().loadAll(Files.readString(f));
                  return java.util.stream.StreamSupport.stream(documents.spliterator(), false)
                      .map(document -> kindAndName(ComposeFile.map(document)))
                      .toList()
                      .stream();
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              })
          .toList();
    }
  }

  /** Kind and name of what base, components and overlays have. */
  private static List<String> manifestsOfAllFolders() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      List<String> found = new ArrayList<>();
      for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).toList()) {
        for (Object document : new Yaml().loadAll(Files.readString(file))) {
          if (ComposeFile.map(document).get("metadata") != null) {
            found.add(kindAndName(ComposeFile.map(document)));
          }
        }
      }
      return found;
    }
  }

  private static String kindAndName(Map<String, Object> manifest) {
    return manifest.get("kind") + " " + ComposeFile.map(manifest.get("metadata")).get("name");
  }

  /** What {@code kubectl apply -k} would send. */
  private static Manifests rendered(Path folder) throws Exception {
    Optional<Path> kubectl =
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .map(dir -> Path.of(dir, "kubectl"))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(kubectl.isPresent(), "no kubectl on the path; it renders the overlays");
    Process process =
        new ProcessBuilder(kubectl.get().toString(), "kustomize", folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("kubectl kustomize " + folder).isZero();
    return Manifests.parse(text);
  }
}
