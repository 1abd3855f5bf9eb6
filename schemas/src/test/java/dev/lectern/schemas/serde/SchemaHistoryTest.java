package dev.lectern.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.LedgerStatus;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.RunStatus;
import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.record.WorkerStatus;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaValidatorBuilder;
import org.apache.avro.specific.SpecificData;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaHistoryTest {
  @ParameterizedTest
  @ValueSource(
      classes = {
        View.class,
        CatalogEntry.class,
        DatasetManifest.class,
        TeacherTensors.class,
        Receipt.class,
        DeadLetter.class,
        IndexEntry.class,
        RecordingManifest.class,
        WorkerStatus.class,
        LedgerStatus.class,
        RunStatus.class
      })
  void theCurrentSchemaIsReleasedAndReadsAllBefore(Class<?> record) throws Exception {
    // Given
    Schema current = SpecificData.getForClass(record).getSchema(record);
    List<Schema> released = SchemaHistory.of(record);

    // Then
    assertThat(released).as("schema-history/%s-v1.avsc ...", record.getSimpleName()).isNotEmpty();
    assertThat(released.get(released.size() - 1))
        .as(
            "the newest file of the history is the current schema; a change needs a new version file")
        .isEqualTo(current);
    List<Schema> newestFirst = new ArrayList<>(released);
    Collections.reverse(newestFirst);
    new SchemaValidatorBuilder().canReadStrategy().validateAll().validate(current, newestFirst);
  }
}
