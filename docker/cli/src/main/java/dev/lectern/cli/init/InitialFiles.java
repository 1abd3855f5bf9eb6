package dev.lectern.cli.init;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.producer.dataset.AnnotatedDataset;
import dev.lectern.producer.dataset.DatasetSource;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.BoxForm;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.InputResize;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.teacher.recording.TeachConfig;
import dev.lectern.trainer.train.Applicability;
import dev.lectern.trainer.train.TrainConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The files of a project, as text: {@code publish.yaml}, {@code teach.yaml}, {@code run.yaml} and
 * {@code plan.yaml}. They are what the commands of their names take, and are meant to be edited.
 *
 * @param name of the dataset and, with {@code -teacher}, of the recording
 * @param found where its images and annotations lie
 * @param dataset as it was read
 * @param descriptor file of the teacher's descriptor
 * @param teacher the descriptor
 * @param model file of the model
 * @param threads of one training
 */
public record InitialFiles(
    String name,
    FoundDataset found,
    AnnotatedDataset dataset,
    Path descriptor,
    TeacherDescriptor teacher,
    Path model,
    int threads) {
  private static final int VIEWS = 3;
  private static final int BATCH = 8;

  /** Steps of a training of a small dataset: enough to see a difference, minutes on two cores. */
  private static final int STEPS = 600;

  private static final int MIN_EPOCHS = 12;
  private static final int MAX_EPOCHS = 60;
  private static final int SEEDS = 3;
  private static final int DEFAULT_BINS = 8;

  private static final Loss KD = new Loss("kd", "");

  /** What brought most of all methods alone on BCCD; it needs features and logits. */
  private static final Loss GID = new Loss("gid", "");

  /** Where {@link #GID} does not apply. */
  private static final List<Loss> RECIPE = List.of(new Loss("ld", ""), new Loss("ld", "vlr"), KD);

  /** From a teacher that does not know the student's classes: the first that applies. */
  private static final List<Loss> OF_FEATURES =
      List.of(new Loss("pkd", ""), new Loss("cwd", ""), new Loss("fitnets", ""));

  /** A method and where it applies; empty for the main region. */
  private record Loss(String name, String region) {
    /** As a run names it. */
    String yaml() {
      return region.isEmpty()
          ? "{name: " + name + "}"
          : "{name: " + name + ", region: " + region + "}";
    }
  }

  /** Views of a training image; one of them plain. */
  public int views() {
    return VIEWS;
  }

  /** Images to learn from. */
  public long trainImages() {
    return dataset.images().stream().filter(image -> image.split().equals("train")).count();
  }

  /** Views of the dataset as published: the other splits have the plain one alone. */
  public long allViews() {
    return trainImages() * (VIEWS - 1) + dataset.images().size();
  }

  /** Epochs of a training. */
  public int epochs() {
    long perEpoch = Math.max(1, trainImages() / BATCH);
    return (int) Math.max(MIN_EPOCHS, Math.min(MAX_EPOCHS, Math.round((double) STEPS / perEpoch)));
  }

  /** Images of a step. */
  public int batchSize() {
    return BATCH;
  }

  /** Trainings of the plan. */
  public int trainings() {
    return 2 * SEEDS;
  }

  /** Name of the recording. */
  public String recording() {
    return name + "-teacher";
  }

  /** For {@code lectern publish}. */
  public String publish() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("name", name);
    settings.put("format", found.format().label());
    settings.put("sources", found.sources().stream().map(InitialFiles::source).toList());
    if (found.classNamesFile() != null) {
      settings.put("class-names-file", found.classNamesFile().toString());
    }
    settings.put("size", teacher.getInputWidth() + "x" + teacher.getInputHeight());
    settings.put("resize", resize());
    settings.put("views-per-image", VIEWS);
    return "# lectern publish --config publish.yaml\n" + yaml(settings);
  }

  /** As the teacher was trained; letterbox where nobody knows. */
  private String resize() {
    return teacher.getInputResize() == InputResize.UNKNOWN
        ? "letterbox"
        : teacher.getInputResize().name().toLowerCase(Locale.ROOT);
  }

  private static Map<String, Object> source(DatasetSource source) {
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("split", source.splitName());
    if (source.annotations() != null) {
      keys.put("annotations", source.annotations().toString());
    }
    keys.put("images", source.images().toString());
    if (source.splitFile() != null) {
      keys.put("split-file", source.splitFile().toString());
    }
    return keys;
  }

  /** For {@code lectern teach}. */
  public String teach() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("dataset", name);
    settings.put("recording", recording());
    settings.put("teacher", descriptor.toString());
    settings.put("model", model.toString());
    return "# lectern teach --config teach.yaml, beside lectern ledger --recording "
        + recording()
        + "\n"
        + yaml(settings);
  }

  /** The student's network: small, on the teacher's levels, with its kind of boxes. */
  public Map<String, Object> student() {
    Map<String, Object> head = new LinkedHashMap<>();
    boolean distributions =
        teacher.getBoxes() != null && teacher.getBoxes().getForm() == BoxForm.DISTRIBUTION;
    head.put("bins", distributions ? teacher.getBoxes().getBins() : DEFAULT_BINS);
    head.put("depth", 2);
    head.put("channels", 64);
    Map<String, Object> student = new LinkedHashMap<>();
    student.put("classes", dataset.classNames().size());
    List<Integer> strides = TensorLayout.strides(teacher);
    student.put("strides", strides.isEmpty() ? List.of(8, 16, 32) : strides);
    student.put("grid-offset", teacher.getPriors().getGridOffset());
    student.put("backbone", Map.of("depth", 18, "width", 16));
    student.put("neck", Map.of("channels", 64));
    student.put("head", head);
    return student;
  }

  /** For {@code lectern train}: the student by the annotations alone. */
  public String run() {
    return "# lectern train --config run.yaml --out DIR: the baseline, which learns from the"
        + " annotations alone.\n# plan.yaml adds the losses of the distilled student.\n"
        + yaml(runSettings());
  }

  private Map<String, Object> runSettings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("recording", recording());
    settings.put("epochs", epochs());
    settings.put("batch-size", BATCH);
    settings.put("student", student());
    settings.put("optimizer", Map.of("name", "adamw", "learning-rate", 0.001));
    settings.put("schedule", Map.of("name", "cosine"));
    Map<String, Object> evaluation = new LinkedHashMap<>();
    evaluation.put("split", "val");
    if (found.splits().contains("test")) {
      evaluation.put("further-splits", List.of("test"));
    }
    evaluation.put("every-epochs", Math.max(1, epochs() / 6));
    settings.put("evaluation", evaluation);
    settings.put("threads", threads);
    return settings;
  }

  /** The student's specification, bound. */
  public DetectorSpec spec() {
    return bound(List.of()).student();
  }

  private TrainConfig bound(List<String> losses) {
    Map<String, Object> settings = runSettings();
    settings.put("out", "run");
    return ConfigLoader.bind(
        yaml(settings),
        List.of("losses=[" + String.join(", ", losses) + "]"),
        TrainConfig.class,
        "run.yaml");
  }

  /** What the distilled student learns from this teacher. */
  public Distillation distillation() {
    Map<Loss, Applicability> all = new LinkedHashMap<>();
    for (Applicability method :
        Applicability.ofEvery(
            bound(RECIPE.stream().map(Loss::yaml).toList()), recordingToBe(), datasetToBe())) {
      all.put(new Loss(method.name(), method.region()), method);
    }
    List<Loss> usual = all.get(GID).applies() ? List.of(GID) : RECIPE;
    List<String> reasons =
        usual.stream()
            .map(all::get)
            .filter(method -> !method.applies())
            .map(
                method ->
                    (method.name() + " " + method.region()).strip()
                        + ": "
                        + String.join("; ", method.obstacles()))
            .toList();
    // The edges that a teacher draws around objects which it does not know are no guide either.
    boolean knowsClasses = all.get(KD).applies();
    List<String> losses =
        (knowsClasses ? usual : OF_FEATURES)
            .stream()
                .filter(loss -> all.get(loss).applies())
                .limit(knowsClasses ? usual.size() : 1)
                .map(Loss::yaml)
                .toList();
    return new Distillation(!knowsClasses, losses, reasons);
  }

  /**
   * The losses of the distilled student.
   *
   * @param ofFeatures whether they are on features alone, since kd does not apply
   * @param losses as a run names them; empty if none applies
   * @param reasons why those of the usual losses do not apply that do not
   */
  public record Distillation(boolean ofFeatures, List<String> losses, List<String> reasons) {}

  /** Every kind that the teacher gives. */
  public Set<TensorKind> kinds() {
    return teacher.getTensors().stream()
        .map(RecordedTensor::getKind)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The recording that {@code teach.yaml} will make. */
  private RecordingManifest recordingToBe() {
    TeachConfig teach = ConfigLoader.bind(teach(), List.of(), TeachConfig.class, "teach.yaml");
    return RecordingManifest.newBuilder()
        .setName(recording())
        .setState(State.OPEN)
        .setDataset(name)
        .setTeacherId(teacher.getName())
        .setDescriptor(teacher)
        .setEncodings(teach.encoding().of(kinds(), teacher))
        .build();
  }

  /** The dataset that {@code publish.yaml} will make. */
  private DatasetManifest datasetToBe() {
    return DatasetManifest.newBuilder()
        .setName(name)
        .setState(State.OPEN)
        .setClassNames(dataset.classNames())
        .setCategoryIds(dataset.categoryIds())
        .setSourceFormat(found.format().label())
        .setWidth(teacher.getInputWidth())
        .setHeight(teacher.getInputHeight())
        .setViewsPerImage(VIEWS)
        .setPixelFormat(PixelFormat.PNG)
        .setImages(dataset.images().size())
        .setViews(allViews())
        .setObjects(0)
        .build();
  }

  /** For {@code lectern experiment}: the baseline and the distilled student. */
  public String plan(List<String> losses) {
    List<Integer> seeds = new ArrayList<>();
    for (int seed = 1; seed <= SEEDS; seed++) {
      seeds.add(seed);
    }
    return """
    # lectern experiment plan.yaml: publishes, records, trains both students with every seed, and compares them.
    publish: [publish.yaml]
    teach: [teach.yaml]
    run: run.yaml
    seeds: %s
    split: %s
    rows:
      - {name: baseline}
      - {name: distilled, set: {losses: [%s]}}
    claims:
      - {row: distilled, above: 0}
    """
        .formatted(
            seeds, found.splits().contains("test") ? "test" : "val", String.join(", ", losses));
  }

  private static String yaml(Map<String, Object> settings) {
    return ConfigLoader.toYaml(settings).replaceFirst("^---\n", "");
  }
}
