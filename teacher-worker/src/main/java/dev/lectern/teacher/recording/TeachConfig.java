package dev.lectern.teacher.recording;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.FileName;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.config.Nearest;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.log.TopicWriter;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.teacher.model.ModelFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a teacher worker is asked to do; every key but the first four has a default, and {@code
 * teacher} for a student.
 */
public record TeachConfig(
    @Key(required = true, meaning = "whose views to record") String dataset,
    @Key(required = true, meaning = "what to write; its first worker makes it") String recording,
    @Key(shownDefault = "required, but for a student", meaning = "file of the teacher's descriptor")
        @FileName
        String teacher,
    @Key(
            required = true,
            meaning = "the exported model: .onnx or .pt (TorchScript), or a student.safetensors")
        @FileName
        String model,
    @Key(
            defaultsTo = "[]",
            shownDefault = "all that the descriptor names",
            meaning = "what to record, of class-scores, box-logits, fpn-features, instances")
        List<String> kinds,
    @Key(defaultsTo = "{}", meaning = "how each kind is stored") Encoding encoding,
    @Key(
            shownDefault = "none",
            meaning =
                "a sealed recording of the same teacher and encoding, such as of an earlier version of"
                    + " the dataset: outputs of views with the same pixels are taken over, the"
                    + " teacher looks at the others alone")
        String takeOver,
    @Key(defaultsTo = "cpu", meaning = "cpu, cuda or cuda:N") String device,
    @JsonUnwrapped Pipeline pipeline,
    @JsonUnwrapped Limits limits,
    @Key(defaultsTo = "false", meaning = "end when the recording is sealed") boolean untilSealed,
    @Key(
            defaultsTo = "false",
            meaning =
                "wait until it is stopped where the recording is sealed already, as a worker does"
                    + " that was there before the seal: for fleets whose supervisor restarts workers")
        boolean idleWhenSealed,
    @Key(shownDefault = "host name and process id", meaning = "name in receipts and dead letters")
        String worker) {

  /** How many threads and how much memory a worker uses, and how long it waits. */
  public record Pipeline(
      @Key(
              min = 1,
              max = 1024,
              shownDefault = "one per processor",
              meaning = "threads of one inference call on the CPU")
          Integer threads,
      @Key(
              defaultsTo = "4",
              min = 1,
              max = 64,
              meaning = "consumers that fetch views; each holds up to one batch")
          int lanes,
      @Key(
              min = 1,
              max = 256,
              shownDefault = "a quarter of the processors",
              meaning = "threads that turn pixels into canvases")
          Integer decodeThreads,
      @Key(
              min = 1,
              max = 256,
              shownDefault = "a quarter of the processors",
              meaning = "threads that turn tensors into payloads")
          Integer encodeThreads,
      @Key(
              defaultsTo = "20",
              min = 0,
              max = 60_000,
              meaning = "how long an idle teacher waits for a full batch")
          int batchWaitMs,
      @Key(
              defaultsTo = "" + TopicWriter.DEFAULT_BUFFER_BYTES,
              min = Topics.MAX_MESSAGE_BYTES,
              max = 1L << 36,
              meaning = "payload bytes that may wait for the broker's acknowledgement")
          long sendBufferBytes,
      @Key(
              defaultsTo = "60",
              min = 1,
              max = 86_400,
              meaning = "seconds that a worker that stops may take to finish the views it holds")
          int drainSeconds,
      @Key(
              min = 1,
              max = 1024,
              shownDefault = "8",
              meaning = "views per call of a student without teacher, whose file states it else")
          Integer batchSize) {
    /** Every default. */
    public static final Pipeline DEFAULT =
        ConfigLoader.bind("", List.of(), Pipeline.class, "defaults");

    private static final int STUDENT_BATCH_SIZE = 8;

    public Pipeline {
      int processors = Runtime.getRuntime().availableProcessors();
      int quarter = Math.max(1, processors / 4);
      threads = threads == null ? Integer.valueOf(processors) : threads;
      decodeThreads = decodeThreads == null ? Integer.valueOf(quarter) : decodeThreads;
      encodeThreads = encodeThreads == null ? Integer.valueOf(quarter) : encodeThreads;
    }

    /** Views per call of a student without a descriptor. */
    public int studentBatchSize() {
      return batchSize == null ? STUDENT_BATCH_SIZE : batchSize;
    }
  }

  /** When a worker gives up. */
  public record Limits(
      @Key(
              defaultsTo = "100%,20",
              meaning =
                  "SHARE%,VIEWS: end when, after so many views, so large a share of them failed of"
                      + " one cause; or none")
          MaxFailures maxFailures,
      @Key(
              defaultsTo = "600",
              min = 1,
              max = 86_400,
              meaning =
                  "how long the model may take for one batch; then the worker gives its views back"
                      + " and ends")
          int inferenceSeconds) {
    /** Every default. */
    public static final Limits DEFAULT = ConfigLoader.bind("", List.of(), Limits.class, "defaults");
  }

  public TeachConfig {
    kinds = kinds == null ? List.of() : List.copyOf(kinds);
    worker = worker == null ? WorkerName.ofThisProcess() : worker;
    List<String> problems = new ArrayList<>();
    boolean isStudent = model != null && model.endsWith(ModelFile.STUDENT);
    if (!isStudent && (teacher == null || teacher.isBlank())) {
      problems.add("teacher: missing");
    }
    if (teacher != null && pipeline.batchSize() != null) {
      problems.add(
          "batch-size: found "
              + pipeline.batchSize()
              + " beside teacher "
              + teacher
              + ", expected it in that file");
    }
    for (String kind : kinds) {
      if (!kindNames().contains(kindName(kind))) {
        problems.add(
            "kinds: found '"
                + kind
                + "'"
                + Nearest.hint(kindName(kind), kindNames())
                + ", expected some of "
                + String.join(", ", kindNames()));
      }
    }
    check(problems, () -> ComputeDevice.parse(device));
    if (problems.isEmpty()) {
      check(problems, () -> Topics.checkedDataset(dataset));
      check(problems, () -> Topics.checkedName(recording));
      if (dataset.equals(recording)) {
        problems.add(
            "recording '" + recording + "': a recording needs another name than its dataset");
      }
    }
    if (!problems.isEmpty()) {
      throw new UserMistakeException(String.join("; ", problems));
    }
  }

  private static void check(List<String> problems, Runnable check) {
    try {
      check.run();
    } catch (UserMistakeException e) {
      problems.add(e.getMessage());
    }
  }

  /** The settings with every default. */
  public static TeachConfig of(String dataset, String recording, String teacher, String model) {
    return new TeachConfig(
        dataset,
        recording,
        teacher,
        model,
        List.of(),
        Encoding.DEFAULT,
        null,
        "cpu",
        Pipeline.DEFAULT,
        Limits.DEFAULT,
        false,
        false,
        null);
  }

  /**
   * What is recorded of a teacher: the kinds asked for, or all that it names.
   *
   * @throws UserMistakeException if it does not name what is asked for
   */
  public Set<TensorKind> kindsOf(TeacherDescriptor descriptor) {
    Set<TensorKind> named = TensorLayout.kinds(descriptor);
    Set<TensorKind> asked = tensorKinds();
    Set<TensorKind> missing = EnumSet.noneOf(TensorKind.class);
    missing.addAll(asked);
    missing.removeAll(named);
    if (!missing.isEmpty()) {
      throw new UserMistakeException(
          "kinds: found "
              + names(missing)
              + ", but teacher descriptor "
              + teacher
              + " has only "
              + names(named));
    }
    return asked.isEmpty() ? named : asked;
  }

  /** Copy with another encoding. */
  public TeachConfig withEncoding(Encoding other) {
    return new TeachConfig(
        dataset,
        recording,
        teacher,
        model,
        kinds,
        other,
        takeOver,
        device,
        pipeline,
        limits,
        untilSealed,
        idleWhenSealed,
        worker);
  }

  /** Copy that takes outputs over from a recording. */
  public TeachConfig withTakeOver(String other) {
    return new TeachConfig(
        dataset,
        recording,
        teacher,
        model,
        kinds,
        encoding,
        other,
        device,
        pipeline,
        limits,
        untilSealed,
        idleWhenSealed,
        worker);
  }

  /** The kinds asked for; empty means all that the descriptor names. */
  public Set<TensorKind> tensorKinds() {
    EnumSet<TensorKind> set = EnumSet.noneOf(TensorKind.class);
    for (String kind : kinds) {
      set.add(TensorKind.valueOf(kindName(kind).toUpperCase(Locale.ROOT).replace('-', '_')));
    }
    return set;
  }

  private static String kindName(String text) {
    return text.strip().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String names(Set<TensorKind> kinds) {
    return kinds.stream().map(k -> kindName(k.name())).collect(Collectors.joining(", "));
  }

  private static List<String> kindNames() {
    return Arrays.stream(TensorKind.values()).map(k -> kindName(k.name())).toList();
  }
}
