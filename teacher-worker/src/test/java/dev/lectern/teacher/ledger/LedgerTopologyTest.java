package dev.lectern.teacher.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTopologyTest {
  private static final String A = "a#0";
  private static final String B = "b#0";

  @TempDir Path stateDir;
  private TopologyTestDriver driver;
  private TestInputTopic<String, CatalogEntry> catalog;
  private TestInputTopic<String, Receipt> receipts;
  private TestInputTopic<String, DeadLetter> deadLetters;
  private TestOutputTopic<String, IndexEntry> index;

  @BeforeEach
  void start() {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, Topics.ledgerGroup("rec"));
    settings.put(StreamsConfig.STATE_DIR_CONFIG, stateDir.toString());
    settings.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, SmallRocksDb.class);
    driver = new TopologyTestDriver(LedgerTopology.build(LedgerRecords.openManifest()), settings);
    catalog = input(Topics.catalog(LedgerRecords.DATASET));
    receipts = input(Topics.receipts(LedgerRecords.RECORDING));
    deadLetters = input(Topics.deadLetters(LedgerRecords.RECORDING));
    Topic<String, IndexEntry> topic = Topics.index(LedgerRecords.RECORDING);
    index =
        driver.createOutputTopic(
            topic.name(), topic.key().deserializer(), topic.value().deserializer());
  }

  private <V> TestInputTopic<String, V> input(Topic<String, V> topic) {
    return driver.createInputTopic(
        topic.name(), topic.key().serializer(), topic.value().serializer());
  }

  @AfterEach
  void close() {
    driver.close();
  }

  @Test
  void theGraphIsTheOneWrittenDown() throws Exception {
    // Given
    String expected;
    try (InputStream in = getClass().getResourceAsStream("/ledger-topology.txt")) {
      expected = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    // When
    String found = LedgerTopology.build(LedgerRecords.openManifest()).describe().toString();

    // Then: a difference here may lose the state of running ledgers
    assertThat(found.strip()).isEqualTo(expected.strip());
  }

  @Test
  void aReceiptOfACataloguedViewIsIndexedAndCounted() {
    // When
    put(LedgerRecords.view(A, 0));
    put(LedgerRecords.view(B, 1));
    put(LedgerRecords.receipt(A, 1));

    // Then
    assertThat(index.readKeyValuesToList())
        .containsExactly(
            KeyValue.pair(
                A, new IndexEntry(LedgerRecords.view(A, 0), LedgerRecords.receipt(A, 1))));
    assertThat(counts()).isEqualTo(counts(2, 1, 0, 0, 0));
    assertThat(counts().isComplete()).isFalse();
  }

  @Test
  void receiptsWaitForTheirViewAndTheFirstOfThemWins() {
    // Given
    put(LedgerRecords.receipt(A, 1));
    put(LedgerRecords.receipt(A, 2));
    assertThat(index.isEmpty()).isTrue();

    // When
    put(LedgerRecords.view(A, 0));

    // Then
    assertThat(index.readKeyValuesToList())
        .containsExactly(
            KeyValue.pair(
                A, new IndexEntry(LedgerRecords.view(A, 0), LedgerRecords.receipt(A, 1))));
    assertThat(counts()).isEqualTo(counts(1, 1, 0, 1, 0));
  }

  @Test
  void laterReceiptsOfAViewAreDuplicates() {
    // Given
    put(LedgerRecords.view(A, 0));
    put(LedgerRecords.receipt(A, 1));
    index.readKeyValuesToList();

    // When
    put(LedgerRecords.receipt(A, 2));
    put(LedgerRecords.receipt(A, 3));

    // Then
    assertThat(index.isEmpty()).isTrue();
    assertThat(counts()).isEqualTo(counts(1, 1, 0, 2, 0));
  }

  @Test
  void receiptsOfOtherPixelsTeachersOrKindsAreRejectedAndTheValidOneStillWins() {
    // Given
    Receipt pixels = LedgerRecords.receipt(A, 1);
    pixels.setPixelsSha256(ByteBuffer.wrap(new byte[32]));
    Receipt teacher = LedgerRecords.receipt(A, 2);
    teacher.setTeacherId("t@2");
    Receipt kinds = LedgerRecords.receipt(A, 3);
    kinds.setPayloads(kinds.getPayloads().subList(0, 1));
    put(pixels);

    // When
    put(LedgerRecords.view(A, 0));
    put(teacher);
    put(kinds);
    put(LedgerRecords.receipt(A, 4));

    // Then
    assertThat(index.readValuesToList())
        .extracting(entry -> entry.getReceipt().getAttemptId())
        .containsExactly(4L);
    assertThat(counts()).isEqualTo(counts(1, 1, 0, 0, 3));
  }

  @Test
  void aDeadLetterCountsOnceHoweverOftenItIsWritten() {
    // Given
    put(LedgerRecords.view(A, 0));

    // When
    put(LedgerRecords.deadLetter(A, 0));
    put(LedgerRecords.deadLetter(A, 0));

    // Then
    assertThat(index.isEmpty()).isTrue();
    assertThat(counts()).isEqualTo(counts(1, 0, 1, 0, 0));
    assertThat(counts().isComplete()).isTrue();
  }

  @Test
  void aDeadLetterOfAnotherRecordUnderTheViewsKeyDoesNotCount() {
    // Given
    put(LedgerRecords.deadLetter(A, 9));
    put(LedgerRecords.view(A, 0));
    put(LedgerRecords.deadLetter(A, 9));
    assertThat(counts()).isEqualTo(counts(1, 0, 0, 0, 0));

    // When
    put(LedgerRecords.deadLetter(A, 0));

    // Then
    assertThat(counts()).isEqualTo(counts(1, 0, 1, 0, 0));
  }

  @Test
  void aViewWithDeadLetterAndReceiptIsRecordedInEitherOrder() {
    // Given
    put(LedgerRecords.view(A, 0));
    put(LedgerRecords.view(B, 1));

    // When
    put(LedgerRecords.deadLetter(A, 0));
    put(LedgerRecords.receipt(A, 1));
    put(LedgerRecords.receipt(B, 1));
    put(LedgerRecords.deadLetter(B, 1));

    // Then
    assertThat(index.readKeyValuesToList()).extracting(entry -> entry.key).containsExactly(A, B);
    assertThat(counts()).isEqualTo(counts(2, 2, 0, 0, 0));
  }

  @Test
  void anUnreadableRecordCountsForTheViewAtItsPosition() {
    // Given: one letter before the view is catalogued, one after, one of no catalogued position
    put(LedgerRecords.deadLetter(null, 7));
    put(LedgerRecords.deadLetter(null, 99));

    // When
    put(LedgerRecords.view(A, 7));
    put(LedgerRecords.view(B, 8));
    put(LedgerRecords.deadLetter(null, 8));
    put(LedgerRecords.deadLetter(null, 8));

    // Then
    assertThat(counts()).isEqualTo(counts(2, 0, 2, 0, 0));
  }

  @Test
  void aViewThatMovedIsIndexedAnewAndCountedOnce() {
    // Given
    put(LedgerRecords.view(A, 0));
    put(LedgerRecords.receipt(A, 1));

    // When
    put(LedgerRecords.view(A, 5));

    // Then
    assertThat(index.readValuesToList())
        .extracting(entry -> entry.getView().getOffset())
        .containsExactly(0L, 5L);
    assertThat(counts()).isEqualTo(counts(1, 1, 0, 0, 0));
  }

  @Test
  void aViewThatWasRemovedTakesItsEntryAndCountsAlong() {
    // Given
    put(LedgerRecords.view(A, 0));
    put(LedgerRecords.receipt(A, 1));

    // When
    catalog.pipeInput(A, null);

    // Then
    assertThat(index.readKeyValuesToList()).last().isEqualTo(KeyValue.pair(A, null));
    assertThat(counts()).isEqualTo(LedgerCounts.ZERO);
  }

  @Test
  void orderOfArrivalDoesNotChangeTheOutcome() {
    // Given
    List<Runnable> events =
        List.of(
            () -> put(LedgerRecords.receipt(A, 1)),
            () -> put(LedgerRecords.deadLetter(B, 1)),
            () -> put(LedgerRecords.view(B, 1)),
            () -> put(LedgerRecords.deadLetter(A, 0)),
            () -> put(LedgerRecords.view(A, 0)));

    // When
    events.forEach(Runnable::run);

    // Then
    assertThat(index.readKeyValuesToList())
        .containsExactly(
            KeyValue.pair(
                A, new IndexEntry(LedgerRecords.view(A, 0), LedgerRecords.receipt(A, 1))));
    assertThat(counts()).isEqualTo(counts(2, 1, 1, 0, 0));
  }

  private void put(CatalogEntry view) {
    catalog.pipeInput(view.getViewId(), view);
  }

  private void put(Receipt receipt) {
    receipts.pipeInput(receipt.getViewId(), receipt);
  }

  private void put(DeadLetter letter) {
    deadLetters.pipeInput(letter.getViewId(), letter);
  }

  private LedgerCounts counts() {
    return driver
        .<String, LedgerCounts>getKeyValueStore(LedgerTopology.COUNTS_STORE)
        .get(LedgerTopology.ALL);
  }

  /** Each recorded view has 100 bytes of class scores and 30 of box logits. */
  private static LedgerCounts counts(
      long expected, long recorded, long deadLettered, long duplicates, long rejected) {
    return new LedgerCounts(
        expected,
        recorded,
        deadLettered,
        duplicates,
        rejected,
        recorded == 0
            ? new TreeMap<>()
            : new TreeMap<>(Map.of("CLASS_SCORES", 100 * recorded, "BOX_LOGITS", 30 * recorded)));
  }
}
