package dev.lectern.teacher.model;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.detector.device.TorchDevice;
import dev.lectern.detector.export.StudentExport;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TeacherId;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.view.CanvasSize;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * A trained student in libtorch, as its run saved it, whatever its network. Tensors have their
 * roles' names; what a descriptor calls the outputs does not matter.
 */
public final class StudentTeacher implements Teacher {
  private static final String ENGINE = "PyTorch";
  private static final long SEED = 0;

  private final String id;
  private final TeacherDescriptor descriptor;
  private final List<RecordedTensor> tensors;
  private final int threads;
  private final NDManager manager;
  private final Detector student;

  StudentTeacher(
      TeacherDescriptor descriptor,
      Path file,
      Collection<TensorKind> kinds,
      ComputeDevice device,
      int threads) {
    this.descriptor = descriptor;
    this.tensors = TensorLayout.tensors(descriptor, kinds);
    this.threads = threads;
    this.manager = NDManager.newBaseManager(TorchDevice.of(device).djl(), ENGINE);
    try {
      this.student = load(file, manager);
      this.id = TeacherId.of(descriptor, files(file, student.spec()));
      check(file);
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /**
   * The descriptor of a student that records the views that it learned from.
   *
   * @param classNames of the dataset, as many as the student has
   * @throws UserMistakeException if the file is not a student of as many classes
   */
  public static TeacherDescriptor describe(
      Path file, List<String> classNames, int width, int height, int batchSize) {
    try (NDManager manager = NDManager.newBaseManager(ENGINE);
        Detector student = load(file, manager)) {
      if (student.spec().classes() != classNames.size()) {
        throw new UserMistakeException(
            "model "
                + file
                + ": found a student of "
                + student.spec().classes()
                + " classes, the dataset has "
                + classNames.size()
                + "; expected --teacher FILE.yaml, such as 'lectern export' writes");
      }
      CanvasSize own = student.spec().inputSize();
      if (own != null && (own.width() != width || own.height() != height)) {
        throw new UserMistakeException(
            "model "
                + file
                + ": found a student of input-size "
                + own
                + ", the dataset has views of "
                + width
                + "x"
                + height
                + ", expected a dataset published with --size "
                + own);
      }
      String name = file.getFileName().toString().replace(ModelFile.STUDENT, "").replace('@', '-');
      return new StudentExport(name, width, height, classNames, batchSize).descriptor(student);
    }
  }

  private static Detector load(Path file, NDManager manager) {
    try {
      Detector student = Detectors.create(Weights.spec(file), manager, SEED);
      Weights.load(file, student.parameters());
      return student;
    } catch (IOException e) {
      throw new UserMistakeException(
          "model " + file + ": cannot be read: " + FileError.reason(e), e);
    }
  }

  /** The parameters, and the TorchScript file that the network comes from. */
  private static List<Path> files(Path file, DetectorSpec spec) {
    List<Path> files = new ArrayList<>(List.of(file));
    if (spec.script() != null) {
      files.add(Path.of(spec.script().model()));
    }
    return files;
  }

  private void check(Path file) {
    OutputCheck check = new OutputCheck(file);
    try (NDManager scope = manager.newSubManager()) {
      Outputs<NDArray> outputs =
          forward(TeacherOutputs.floats((long) batchSize() * inputSize()), scope);
      for (RecordedTensor spec : tensors) {
        NDArray found = of(outputs, spec);
        long[] expected = TeacherOutputs.batchShape(spec, batchSize());
        // an export gives the number of rows as an output, a student gives it as it is recorded
        boolean isCount = TensorLayout.role(spec) == TensorRole.INSTANCE_COUNT;
        if (!spec.getConversion().isEmpty() && !isCount || found == null) {
          check.problem(
              "tensor '"
                  + spec.getName()
                  + "': the student gives "
                  + outputs
                  + " as they are recorded, expected these without a conversion");
        } else if (!Arrays.equals(found.getShape().getShape(), expected)) {
          check.problem(
              "tensor '"
                  + spec.getName()
                  + "': found "
                  + Arrays.toString(found.getShape().getShape())
                  + ", expected "
                  + Arrays.toString(expected));
        }
      }
    } catch (EngineException | IllegalArgumentException e) {
      check.problem("a batch of zeros fails: " + ScriptCode.cause(e));
    }
    check.done();
  }

  private static NDArray of(Outputs<NDArray> outputs, RecordedTensor spec) {
    List<NDArray> levels = outputs.get(TensorLayout.role(spec));
    int level = TensorLayout.level(spec);
    return level < levels.size() ? levels.get(level) : null;
  }

  private Outputs<NDArray> forward(FloatBuffer input, NDManager scope) {
    // Both are settings of the calling thread.
    JniUtils.setNumThreads(threads);
    return GradientMode.off(
        () -> {
          Shape shape =
              new Shape(batchSize(), 3, descriptor.getInputHeight(), descriptor.getInputWidth());
          NDArray images = scope.create(input.duplicate().rewind(), shape, DataType.FLOAT32);
          return student.forward(images, Mode.EVALUATE);
        });
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public TeacherDescriptor descriptor() {
    return descriptor;
  }

  @Override
  public List<RecordedTensor> tensors() {
    return tensors;
  }

  @Override
  public void infer(FloatBuffer input, TeacherOutputs into) {
    try (NDManager scope = manager.newSubManager()) {
      Outputs<NDArray> outputs = forward(input, scope);
      for (int i = 0; i < tensors.size(); i++) {
        NDArray tensor = of(outputs, tensors.get(i));
        into.batch(i).put(tensor.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer());
      }
    } catch (EngineException e) {
      throw new InferenceException(
          "teacher " + descriptor.getName() + ": " + ScriptCode.cause(e), e);
    }
  }

  @Override
  public void close() {
    student.close();
    manager.close();
  }
}
