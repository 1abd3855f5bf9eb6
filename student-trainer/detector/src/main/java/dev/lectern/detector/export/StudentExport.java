package dev.lectern.detector.export;

import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.DetectorSpec.Network;
import dev.lectern.detector.export.proto.ModelProto;
import dev.lectern.detector.export.proto.OperatorSetIdProto;
import dev.lectern.detector.export.proto.StringStringEntryProto;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.family.HeadCoding;
import dev.lectern.detector.network.NativeDetector;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.torchscript.TorchScriptDetector;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.file.WholeFile;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A trained detector as a model file, with the descriptor beside it: it can be deployed, and be a
 * teacher.
 *
 * <p>A native detector becomes ONNX. The graph computes what {@link Detector#forward} computes in
 * evaluation. Its input is {@code image}, (batch, 3, height, width), normalised as the descriptor
 * says; its outputs are, per stride s, those of the family's head, such as {@code cls_logits_s}
 * (batch, A K, H, W), {@code dist_logits_s} (batch, A 4 B, H, W) or {@code delta_s} (batch, A 4, H,
 * W), and {@code feat_s} (batch, C, H, W). The batch may vary, height and width may not. Of two
 * stages the graph takes one image a call, and its outputs besides {@code feat_s} are those of its
 * P proposals: {@code rows} (1, 1), {@code boxes} (1, P, 4), {@code objectness} (1, P), {@code
 * logits} (1, P, K + 1) and {@code deltas} (1, P, 4 K).
 *
 * <p>A detector that came as TorchScript becomes TorchScript again, with its outputs as they were:
 * {@code cls_s}, {@code dist_s} and, where it has them, {@code feat_s}.
 *
 * @param name of the teacher, and of the files
 * @param width of the canvas, pixels
 * @param height of the canvas, pixels
 * @param classNames in label order, K of them
 * @param batchSize views per call that the descriptor asks a teacher worker for
 */
public record StudentExport(
    String name, int width, int height, List<String> classNames, int batchSize) {
  private static final String INPUT = "image";
  private static final Set<TensorRole> LOGITS =
      EnumSet.of(TensorRole.CLASS_LOGITS, TensorRole.QUALITY, TensorRole.BOX_DISTRIBUTION);
  private static final int IR_VERSION = 8;

  /** Says of an output that it is the number of rows. */
  private static final String COUNT = "rows count";

  public StudentExport {
    classNames = List.copyOf(classNames);
  }

  /**
   * Writes {@code name.onnx} or {@code name.pt}, and then {@code name.yaml}, each whole or not at
   * all.
   *
   * @return the path of the model; the descriptor lies beside it
   * @throws UserMistakeException if the network is in two parts, a TorchScript neck and a head of
   *     our own, or sizes or class names do not fit it
   */
  public Path write(Detector detector, Path folder) throws IOException {
    if (classNames.size() != detector.spec().classes()) {
      throw new UserMistakeException(
          "export: found "
              + classNames.size()
              + " class names, expected "
              + detector.spec().classes());
    }
    TeacherDescriptor descriptor = descriptor(detector);
    if (detector.secondStage().isPresent()) {
      descriptor.setBatchSize(1);
      descriptor.getTensors().stream()
          .filter(tensor -> TensorLayout.role(tensor) == TensorRole.INSTANCE_COUNT)
          .forEach(tensor -> tensor.setConversion(COUNT));
    }
    Path model = writeModel(detector, folder);
    WholeFile.write(
        folder.resolve(name + ".yaml"), temporary -> DescriptorYaml.write(descriptor, temporary));
    return model;
  }

  private Path writeModel(Detector detector, Path folder) throws IOException {
    Path file = modelFile(detector, folder);
    if (detector instanceof NativeDetector network) {
      ModelProto model = model(network);
      WholeFile.write(file, temporary -> Files.write(temporary, model.toByteArray()));
    } else if (detector instanceof TorchScriptDetector script) {
      script.saveModule(file);
    }
    return file;
  }

  /**
   * The model file that {@link #write} makes of this network.
   *
   * @throws UserMistakeException if the network is in two parts, a TorchScript neck and a head of
   *     our own
   */
  public Path modelFile(Detector detector, Path folder) {
    if (detector instanceof NativeDetector) {
      return folder.resolve(name + ".onnx");
    }
    if (detector instanceof TorchScriptDetector
        && detector.spec().network() == Network.TORCHSCRIPT) {
      return folder.resolve(name + ".pt");
    }
    throw new UserMistakeException(
        "export: found a network of kind "
            + detector.spec().network()
            + ", whose head is not part of its TorchScript; expected native or torchscript");
  }

  /** The content of an ONNX file. */
  ModelProto model(NativeDetector detector) {
    DetectorSpec spec = detector.spec();
    requireMultiple("width", width, detector.imageMultiple());
    requireMultiple("height", height, detector.imageMultiple());
    // how many proposals an image has differs, so that a call of two stages takes one
    GraphRecorder recorder = new GraphRecorder(name, detector.secondStage().isPresent() ? 1 : 0);
    Outputs<String> outputs = detector.apply(recorder, recorder.input(INPUT, 3, height, width));
    Map<TensorRole, Integer> tensors = Families.of(spec).tensors(spec);
    List<LevelGrid> grids = Families.of(spec).levels(spec, height, width);
    for (int level = 0; level < grids.size(); level++) {
      LevelGrid grid = grids.get(level);
      for (Map.Entry<TensorRole, Integer> tensor : tensors.entrySet()) {
        String value = outputs.get(tensor.getKey(), level);
        recorder.output(
            value,
            outputName(spec, tensor.getKey(), grid.stride()),
            tensor.getValue(),
            grid.height(),
            grid.width());
      }
      recorder.output(
          outputs.get(TensorRole.FEATURES, level),
          outputName(spec, TensorRole.FEATURES, grid.stride()),
          detector.featureChannels().get(level),
          grid.height(),
          grid.width());
    }
    detector
        .secondStage()
        .ifPresent(
            second -> {
              PriorGrid priors = Families.of(spec).priors(spec, grids);
              Map<TensorRole, List<Integer>> shapes = Families.of(spec).instances(spec);
              new InstanceGraph(recorder, priors, second, width, height)
                  .of(outputs, shapes.get(TensorRole.INSTANCE_BOXES).get(0))
                  .forEach(
                      (role, value) ->
                          recorder.output(
                              value,
                              role.prefix(),
                              shapes.get(role).stream().mapToLong(Integer::longValue).toArray()));
            });
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .setProducerName("lectern")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(recorder.opset()))
        .addMetadataProps(
            StringStringEntryProto.newBuilder().setKey("lectern.detector").setValue(spec.toYaml()))
        .setGraph(recorder.graph())
        .build();
  }

  private static void requireMultiple(String side, int found, int multiple) {
    if (found <= 0 || found % multiple != 0) {
      throw new UserMistakeException(
          "export: found " + side + " " + found + ", expected a multiple of " + multiple);
    }
  }

  /** What a teacher worker must know of the exported model. */
  public TeacherDescriptor descriptor(Detector detector) {
    DetectorSpec spec = detector.spec();
    Family family = Families.of(spec);
    HeadCoding coding = family.coding(spec);
    return TeacherDescriptor.newBuilder()
        .setName(name)
        .setFamily(family.name().toUpperCase(Locale.ROOT))
        .setClassNames(classNames)
        .setClasses(family.classes())
        .setTask(family.task())
        .setBoxes(coding.boxes())
        .setPriors(coding.priors())
        .setQuality(coding.quality())
        .setTensors(tensors(detector))
        .setInputName(INPUT)
        .setInputWidth(width)
        .setInputHeight(height)
        .setChannelOrder(spec.input().channelOrder())
        .setMean(spec.input().mean())
        .setStd(spec.input().std())
        .setBatchSize(batchSize)
        .setOutputs(outputs(spec))
        .build();
  }

  /** The outputs of a TorchScript model in its own order; nothing for others. */
  private static List<String> outputs(DetectorSpec spec) {
    return spec.script() == null
        ? List.of()
        : spec.script().outputs().stream().map(o -> o.toLowerCase(Locale.ROOT)).toList();
  }

  private List<RecordedTensor> tensors(Detector detector) {
    DetectorSpec spec = detector.spec();
    Map<TensorRole, Integer> channels = Families.of(spec).tensors(spec);
    List<LevelGrid> grids = Families.of(spec).levels(spec, height, width);
    List<RecordedTensor> tensors = new ArrayList<>();
    for (TensorRole role : TensorRole.values()) {
      for (int level = 0; level < grids.size(); level++) {
        int count =
            role == TensorRole.FEATURES
                ? featureChannels(detector, level)
                : channels.getOrDefault(role, 0);
        if (count > 0) {
          tensors.add(tensor(spec, role, level, count, grids.get(level)));
        }
      }
      List<Integer> instances = Families.of(spec).instances(spec).get(role);
      if (instances != null) {
        tensors.add(
            new RecordedTensor(role.at(0), role.kind(), role.prefix(), instances, null, ""));
      }
    }
    return tensors;
  }

  private static int featureChannels(Detector detector, int level) {
    return detector.featureChannels().isEmpty() ? 0 : detector.featureChannels().get(level);
  }

  private static RecordedTensor tensor(
      DetectorSpec spec, TensorRole role, int level, int channels, LevelGrid grid) {
    return new RecordedTensor(
        role.at(level),
        role.kind(),
        outputName(spec, role, grid.stride()),
        List.of(channels, grid.height(), grid.width()),
        grid.stride(),
        "");
  }

  private static String outputName(DetectorSpec spec, TensorRole role, int stride) {
    if (role == TensorRole.FEATURES) {
      return "feat_" + stride;
    }
    boolean isLogit = LOGITS.contains(role) && spec.script() == null;
    return role.prefix() + (isLogit ? "_logits_" : "_") + stride;
  }
}
