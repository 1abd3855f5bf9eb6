package dev.lectern.teacher.recording;

import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.schemas.config.Nearest;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.topic.Topics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a teacher worker is asked to do; every key but the first four has a default.
 *
 * @param dataset whose views to record
 * @param recording to write; made by its first worker
 * @param teacher file of the teacher descriptor
 * @param model file of the exported model; its ending says which engine runs it
 * @param kinds what to record, of {@code class-scores}, {@code box-logits}, {@code fpn-features};
 *     by default all that the descriptor names
 * @param encoding how each kind is stored; see {@link Encoding}
 * @param device {@code cpu}, {@code cuda} or {@code cuda:N}
 * @param threads of one inference call on the CPU; by default one per processor
 * @param lanes consumers that fetch views in turn; each holds up to one batch
 * @param decodeThreads that turn pixels into canvases
 * @param encodeThreads that turn tensors into payloads
 * @param batchWaitMs how long a batch that is not full waits for more views before it is padded
 * @param sendBufferBytes payload bytes that may wait for the broker's acknowledgement
 * @param drainSeconds how long a worker that stops may take to finish the views it has begun
 * @param untilSealed whether to end when the recording is sealed, instead of waiting for more views
 * @param worker name in receipts and dead letters; by default host name and process id
 */
public record TeachConfig(
    String dataset,
    String recording,
    String teacher,
    String model,
    List<String> kinds,
    Encoding encoding,
    String device,
    Integer threads,
    Integer lanes,
    Integer decodeThreads,
    Integer encodeThreads,
    Integer batchWaitMs,
    Long sendBufferBytes,
    Integer drainSeconds,
    Boolean untilSealed,
    String worker) {

  public TeachConfig {
    kinds = kinds == null ? List.of() : List.copyOf(kinds);
    encoding = encoding == null ? Encoding.DEFAULT : encoding;
    device = device == null ? "cpu" : device;
    int processors = Runtime.getRuntime().availableProcessors();
    threads = threads == null ? Integer.valueOf(processors) : threads;
    lanes = lanes == null ? Integer.valueOf(4) : lanes;
    decodeThreads = decodeThreads == null ? Integer.valueOf(quarter(processors)) : decodeThreads;
    encodeThreads = encodeThreads == null ? Integer.valueOf(quarter(processors)) : encodeThreads;
    batchWaitMs = batchWaitMs == null ? Integer.valueOf(20) : batchWaitMs;
    sendBufferBytes = sendBufferBytes == null ? Long.valueOf(64L << 20) : sendBufferBytes;
    drainSeconds = drainSeconds == null ? Integer.valueOf(60) : drainSeconds;
    untilSealed = untilSealed != null && untilSealed;
    worker = worker == null ? WorkerName.ofThisProcess() : worker;

    List<String> problems = new ArrayList<>();
    present(problems, "dataset", dataset);
    present(problems, "recording", recording);
    present(problems, "teacher", teacher);
    present(problems, "model", model);
    within(problems, "threads", threads, 1, 1024);
    within(problems, "lanes", lanes, 1, 64);
    within(problems, "decode-threads", decodeThreads, 1, 256);
    within(problems, "encode-threads", encodeThreads, 1, 256);
    within(problems, "batch-wait-ms", batchWaitMs, 0, 60_000);
    within(problems, "send-buffer-bytes", sendBufferBytes, Topics.MAX_MESSAGE_BYTES, 1L << 36);
    within(problems, "drain-seconds", drainSeconds, 1, 86_400);
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
    if (!problems.isEmpty()) {
      throw new UserMistakeException(String.join("; ", problems));
    }
    ComputeDevice.parse(device);
    Topics.checkedName(dataset);
    Topics.checkedName(recording);
    if (dataset.equals(recording)) {
      throw new UserMistakeException(
          "recording '" + recording + "': a recording needs another name than its dataset");
    }
  }

  /** The settings with every default. */
  public static TeachConfig of(String dataset, String recording, String teacher, String model) {
    return new TeachConfig(
        dataset, recording, teacher, model, null, null, null, null, null, null, null, null, null,
        null, false, null);
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

  /** The same, but for the encoding. */
  public TeachConfig withEncoding(Encoding other) {
    return new TeachConfig(
        dataset,
        recording,
        teacher,
        model,
        kinds,
        other,
        device,
        threads,
        lanes,
        decodeThreads,
        encodeThreads,
        batchWaitMs,
        sendBufferBytes,
        drainSeconds,
        untilSealed,
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

  private static int quarter(int processors) {
    return Math.max(1, processors / 4);
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

  private static void present(List<String> problems, String key, String value) {
    if (value == null || value.isBlank()) {
      problems.add(key + ": missing");
    }
  }

  private static void within(List<String> problems, String key, long value, long low, long high) {
    if (value < low || value > high) {
      problems.add(key + ": found " + value + ", expected " + low + " to " + high);
    }
  }
}
