package dev.lectern.schemas.descriptor;

import dev.lectern.schemas.record.BoxForm;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.InputResize;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.serde.AvroSerde;
import dev.lectern.schemas.serde.SchemaHistory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.avro.AvroTypeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;

/**
 * The released forms of a teacher descriptor, and the way between them.
 *
 * <p>The first form (manifests of versions 1 and 2) knows heads with class logits and a box
 * distribution per level, by the name of their family. Manifests that hold it are read as today's.
 * Each later form only adds to the one before. A descriptor is hashed in the bytes of the earliest
 * form that can express it, so that ids of teachers stay.
 */
public final class DescriptorUpgrade {
  private static final String DESCRIPTOR = "descriptor";
  private static final String HEAD_TYPE = "headType";
  private static final int NEWEST_MANIFEST_WITH_FIRST_FORM = 2;

  private static final Schema FIRST_FORM =
      SchemaHistory.of(RecordingManifest.class)
          .get(NEWEST_MANIFEST_WITH_FIRST_FORM - 1)
          .getField(DESCRIPTOR)
          .schema();

  private static final BinaryMessageEncoder<GenericRecord> FIRST_FORM_ENCODER =
      new BinaryMessageEncoder<>(GenericData.get(), FIRST_FORM);

  /** The forms after the first, oldest first; the last one is today's. */
  private static final List<Schema> LATER_FORMS =
      SchemaHistory.of(RecordingManifest.class).stream()
          .skip(NEWEST_MANIFEST_WITH_FIRST_FORM)
          .map(manifest -> manifest.getField(DESCRIPTOR).schema())
          .distinct()
          .toList();

  private DescriptorUpgrade() {}

  /** Reads and writes recording manifests; those with an older descriptor become today's. */
  public static AvroSerde<RecordingManifest> manifests() {
    return new AvroSerde<>(RecordingManifest.class, new ManifestData());
  }

  /** Reads the manifests of a container file of any released schema. */
  public static DatumReader<RecordingManifest> manifestReader() {
    return new ManifestReader(null, RecordingManifest.getClassSchema());
  }

  private static final class ManifestData extends SpecificData {
    @Override
    public DatumReader<RecordingManifest> createDatumReader(Schema writer, Schema reader) {
      return new ManifestReader(writer, reader);
    }
  }

  private static final class ManifestReader extends SpecificDatumReader<RecordingManifest> {
    ManifestReader(Schema writer, Schema reader) {
      super(writer, reader);
    }

    @Override
    public RecordingManifest read(RecordingManifest reuse, Decoder in) throws IOException {
      Schema writer = getSchema();
      if (writer.getField(DESCRIPTOR).schema().getField(HEAD_TYPE) == null) {
        return super.read(reuse, in);
      }
      GenericRecord old = new GenericDatumReader<GenericRecord>(writer).read(null, in);
      RecordingManifest manifest =
          super.read(reuse, DecoderFactory.get().binaryDecoder(bytes(old), null));
      manifest.setDescriptor(upgraded((GenericRecord) old.get(DESCRIPTOR)));
      return manifest;
    }
  }

  private static byte[] bytes(GenericRecord record) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder out = EncoderFactory.get().directBinaryEncoder(bytes, null);
    new GenericDatumWriter<GenericRecord>(record.getSchema()).write(record, out);
    return bytes.toByteArray();
  }

  /** A descriptor of the first form as one of today. */
  @SuppressWarnings("unchecked")
  static TeacherDescriptor upgraded(GenericRecord old) {
    List<HeadLevel> levels = new ArrayList<>();
    for (GenericRecord level : (List<GenericRecord>) old.get("levels")) {
      Level cells =
          new Level(
              (Integer) level.get("stride"),
              (Integer) level.get("height"),
              (Integer) level.get("width"));
      Object feature = level.get("feature");
      HeadLevel head =
          HeadLevel.of(cells, text(level.get("classScores")), text(level.get("boxLogits")));
      levels.add(
          feature == null
              ? head
              : head.withFeature(text(feature), (Integer) level.get("featureChannels")));
    }
    return FamilyPreset.named(text(old.get(HEAD_TYPE)))
        .describe(
            (Integer) old.get("bins"),
            (Double) old.get("gridOffset"),
            texts(old.get("classNames")),
            levels)
        .setName(text(old.get("name")))
        .setInputName(text(old.get("inputName")))
        .setInputWidth((Integer) old.get("inputWidth"))
        .setInputHeight((Integer) old.get("inputHeight"))
        .setChannelOrder(ChannelOrder.valueOf(text(old.get("channelOrder"))))
        .setMean(List.copyOf((List<Double>) old.get("mean")))
        .setStd(List.copyOf((List<Double>) old.get("std")))
        .setBatchSize((Integer) old.get("batchSize"))
        .setOutputs(texts(old.get("outputs")))
        .build();
  }

  private static String text(Object value) {
    return value.toString();
  }

  private static List<String> texts(Object values) {
    return ((List<?>) values).stream().map(DescriptorUpgrade::text).toList();
  }

  /**
   * The bytes of a descriptor that stand for it in the teacher's id: those of the earliest form
   * that can express it, without what is there for people.
   */
  static ByteBuffer hashed(TeacherDescriptor teacher) {
    TeacherDescriptor plain = withoutRemarks(teacher);
    try {
      for (String family : FIRST_FORM.getField(HEAD_TYPE).schema().getEnumSymbols()) {
        Optional<GenericRecord> old = firstForm(plain, family);
        if (old.isPresent() && withoutRemarks(upgraded(old.get())).equals(plain)) {
          return FIRST_FORM_ENCODER.encode(old.get());
        }
      }
      for (Schema form : LATER_FORMS) {
        Optional<GenericRecord> old = later(plain, form);
        if (old.isPresent()) {
          return new BinaryMessageEncoder<GenericRecord>(GenericData.get(), form).encode(old.get());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    throw new IllegalStateException("no released form of a descriptor can express " + plain);
  }

  /** A descriptor in one of the later forms; empty if that form would lose some of it. */
  private static Optional<GenericRecord> later(TeacherDescriptor teacher, Schema form)
      throws IOException {
    Schema today = TeacherDescriptor.getClassSchema();
    try {
      GenericRecord old = resolved(bytes(teacher, today), today, form);
      GenericRecord again = resolved(bytes(old, form), form, today);
      return bytes(again, today).equals(bytes(teacher, today))
          ? Optional.of(old)
          : Optional.empty();
    } catch (AvroTypeException e) {
      // a symbol that the form does not know
      return Optional.empty();
    }
  }

  private static GenericRecord resolved(ByteBuffer bytes, Schema writer, Schema reader)
      throws IOException {
    return new GenericDatumReader<GenericRecord>(writer, reader)
        .read(null, DecoderFactory.get().binaryDecoder(bytes.array(), null));
  }

  private static ByteBuffer bytes(IndexedRecord record, Schema schema) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder out = EncoderFactory.get().directBinaryEncoder(bytes, null);
    new SpecificDatumWriter<IndexedRecord>(schema).write(record, out);
    return ByteBuffer.wrap(bytes.toByteArray());
  }

  private static TeacherDescriptor withoutRemarks(TeacherDescriptor teacher) {
    return TeacherDescriptor.newBuilder(teacher)
        .setFamily("")
        .setConversionLosses(List.of())
        .setInputResize(InputResize.UNKNOWN)
        .build();
  }

  /** A descriptor in the first form, which may lose some of it. */
  private static Optional<GenericRecord> firstForm(TeacherDescriptor teacher, String family) {
    if (teacher.getBoxes() == null || teacher.getBoxes().getForm() != BoxForm.DISTRIBUTION) {
      return Optional.empty();
    }
    Schema levelSchema = FIRST_FORM.getField("levels").schema().getElementType();
    List<GenericRecord> levels = new ArrayList<>();
    List<Level> cells = TensorLayout.levels(teacher);
    for (int l = 0; l < cells.size(); l++) {
      var scores = TensorLayout.find(teacher, TensorRole.CLASS_LOGITS, l);
      var boxes = TensorLayout.find(teacher, TensorRole.BOX_DISTRIBUTION, l);
      var feature = TensorLayout.find(teacher, TensorRole.FEATURES, l);
      if (scores.isEmpty() || boxes.isEmpty()) {
        return Optional.empty();
      }
      GenericRecord level = new GenericData.Record(levelSchema);
      level.put("stride", cells.get(l).stride());
      level.put("height", cells.get(l).height());
      level.put("width", cells.get(l).width());
      level.put("classScores", scores.get().getOutput());
      level.put("boxLogits", boxes.get().getOutput());
      level.put("feature", feature.isEmpty() ? null : feature.get().getOutput());
      level.put("featureChannels", feature.isEmpty() ? 0 : feature.get().getShape().get(0));
      levels.add(level);
    }
    GenericRecord old = new GenericData.Record(FIRST_FORM);
    old.put("name", teacher.getName());
    old.put("inputName", teacher.getInputName());
    old.put("inputWidth", teacher.getInputWidth());
    old.put("inputHeight", teacher.getInputHeight());
    old.put(
        "channelOrder",
        new GenericData.EnumSymbol(
            FIRST_FORM.getField("channelOrder").schema(), teacher.getChannelOrder().name()));
    old.put("mean", teacher.getMean());
    old.put("std", teacher.getStd());
    old.put(HEAD_TYPE, new GenericData.EnumSymbol(FIRST_FORM.getField(HEAD_TYPE).schema(), family));
    old.put("bins", teacher.getBoxes().getBins());
    old.put("gridOffset", teacher.getPriors().getGridOffset());
    old.put("levels", levels);
    old.put("classNames", teacher.getClassNames());
    old.put("batchSize", teacher.getBatchSize());
    old.put("outputs", teacher.getOutputs());
    return Optional.of(old);
  }
}
