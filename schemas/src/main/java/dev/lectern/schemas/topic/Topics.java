package dev.lectern.schemas.topic;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.DescriptorUpgrade;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.AvroSerde;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.serde.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.common.serialization.Serdes;

/** Every topic of Lectern; nobody else writes a topic name. */
public final class Topics {
  /**
   * Largest record that a topic accepts, bytes: a payload of 4 MB or a view, with room to spare.
   */
  public static final int MAX_MESSAGE_BYTES = 8 << 20;

  /** Payloads larger than this are split. */
  public static final int MAX_WHOLE_PAYLOAD_BYTES = 4 << 20;

  /** Size of the pieces. */
  public static final int CHUNK_BYTES = 1 << 20;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,99}");

  /** Stands between the name of a dataset and the number of a later version of it. */
  private static final char VERSION = '@';

  private static final Pattern VERSION_NUMBER = Pattern.compile("[2-9]|[1-9][0-9]{1,5}");

  private static final Map<String, String> LOG =
      Map.of(
          "cleanup.policy", "delete",
          "retention.ms", "-1",
          "retention.bytes", "-1",
          "compression.type", "producer",
          "max.message.bytes", String.valueOf(MAX_MESSAGE_BYTES));
  private static final Map<String, String> TABLE =
      Map.of("cleanup.policy", "compact", "compression.type", "producer");

  /**
   * Keeps the last status of each process for a week and drops older ones within minutes, so that a
   * reader starts fast.
   */
  private static final Map<String, String> STATUS =
      Map.of(
          "cleanup.policy", "compact,delete",
          "retention.ms", String.valueOf(Duration.ofDays(7).toMillis()),
          "segment.ms", String.valueOf(Duration.ofMinutes(10).toMillis()),
          "segment.bytes", String.valueOf(8 << 20),
          "min.cleanable.dirty.ratio", "0.1",
          "max.compaction.lag.ms", String.valueOf(Duration.ofMinutes(15).toMillis()));

  private Topics() {}

  /** Views of a dataset and its later versions: the fleet's work queue. */
  public static Topic<String, View> views(String dataset) {
    return topic(firstVersion(dataset), "views", AvroSerde.slicing(View.class), LOG);
  }

  /** Commit records of views; a version ends where its manifest says. */
  public static Topic<String, CatalogEntry> catalog(String dataset) {
    return topic(firstVersion(dataset), "catalog", CatalogEntry.class, TABLE);
  }

  /** Teacher outputs of one kind: class-scores, box-logits, fpn-features or instances. */
  public static Topic<String, TeacherTensors> tensors(String recording, TensorKind kind) {
    String suffix = kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    return topic(recording, suffix, AvroSerde.slicing(TeacherTensors.class), LOG);
  }

  /** Commit records of teacher outputs. */
  public static Topic<String, Receipt> receipts(String recording) {
    return topic(recording, "receipts", Receipt.class, LOG);
  }

  /** Views that could not be recorded. */
  public static Topic<String, DeadLetter> deadLetters(String recording) {
    return topic(recording, "dead-letters", DeadLetter.class, LOG);
  }

  /** What a trainer loads. */
  public static Topic<String, IndexEntry> index(String recording) {
    return topic(recording, "index", IndexEntry.class, TABLE);
  }

  /** Manifests of all datasets and recordings; one partition, so that they have one order. */
  public static Topic<String, Manifest> manifests() {
    return new Topic<>(
        "lectern.manifests", Serdes.String(), Manifest.serde(DescriptorUpgrade.manifests()), TABLE);
  }

  /** Heartbeats of workers, ledgers and runs; one partition, since they are few and small. */
  public static Topic<String, Status> status() {
    return new Topic<>("lectern.status", Serdes.String(), Status.serde(), STATUS);
  }

  /** Consumer group of a recording's ledger; its internal topics begin with it. */
  public static String ledgerGroup(String recording) {
    return "lectern." + checkedName(recording) + ".ledger";
  }

  /** Share group of a recording's workers. */
  public static String fleetGroup(String recording) {
    return "lectern." + checkedName(recording);
  }

  /** All topics of a dataset, which its versions share. */
  public static List<Topic<?, ?>> ofDataset(String dataset) {
    return List.of(views(dataset), catalog(dataset));
  }

  /** All topics of a recording, of every kind. */
  public static List<Topic<?, ?>> ofRecording(String recording) {
    List<Topic<?, ?>> topics = new ArrayList<>();
    for (TensorKind kind : TensorKind.values()) {
      topics.add(tensors(recording, kind));
    }
    topics.addAll(List.of(receipts(recording), deadLetters(recording), index(recording)));
    return topics;
  }

  /**
   * Checks a dataset's or recording's name.
   *
   * @throws UserMistakeException if it has characters that a topic prefix may not have, or is
   *     {@code lectern}
   */
  public static String checkedName(String name) {
    if (!NAME.matcher(name).matches() || name.equals("lectern")) {
      throw new UserMistakeException(
          "name '"
              + name
              + "': expected 1 to 100 letters, digits, '-' or '_', starting with a letter or digit,"
              + " and not 'lectern'");
    }
    return name;
  }

  /**
   * Checks the name of a dataset, which may be that of a later version: {@code mini@2}.
   *
   * @throws UserMistakeException if it is neither
   */
  public static String checkedDataset(String name) {
    int at = name.indexOf(VERSION);
    if (at >= 0 && !VERSION_NUMBER.matcher(name.substring(at + 1)).matches()) {
      throw new UserMistakeException(
          "name '" + name + "': expected a number of at least 2 after the '" + VERSION + "'");
    }
    checkedName(firstVersion(name));
    return name;
  }

  /** The dataset itself of any of its versions: {@code mini} of {@code mini@3}. */
  public static String firstVersion(String dataset) {
    int at = dataset.indexOf(VERSION);
    return at < 0 ? dataset : dataset.substring(0, at);
  }

  /** The number of a version; 1 of the dataset itself. */
  public static int version(String dataset) {
    int at = dataset.indexOf(VERSION);
    return at < 0 ? 1 : Integer.parseInt(dataset.substring(at + 1));
  }

  /** The name of a version: {@code mini} for 1, {@code mini@2} for 2. */
  public static String version(String dataset, int number) {
    return number == 1 ? firstVersion(dataset) : firstVersion(dataset) + VERSION + number;
  }

  private static <V extends org.apache.avro.specific.SpecificRecord> Topic<String, V> topic(
      String owner, String suffix, Class<V> type, Map<String, String> settings) {
    return topic(owner, suffix, new AvroSerde<>(type), settings);
  }

  private static <V extends org.apache.avro.specific.SpecificRecord> Topic<String, V> topic(
      String owner, String suffix, AvroSerde<V> values, Map<String, String> settings) {
    return new Topic<>(checkedName(owner) + "." + suffix, Serdes.String(), values, settings);
  }
}
