package dev.lectern.teacher.recording;

import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.teacher.model.ModelFile;
import dev.lectern.teacher.model.StudentTeacher;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.model.TeacherCheck;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** Makes the teacher of a worker. */
@FunctionalInterface
public interface TeacherFactory {
  /** Loads the configured model file and checks that its outputs can be recorded. */
  TeacherFactory MODEL_FILE =
      (config, descriptor, kinds) -> {
        Path model = Path.of(config.model());
        Teacher teacher =
            ModelFile.open(
                descriptor,
                model,
                kinds,
                ComputeDevice.parse(config.device()),
                config.pipeline().threads());
        try {
          TeacherCheck.require(teacher, model);
        } catch (RuntimeException e) {
          teacher.close();
          throw e;
        }
        return teacher;
      };

  /**
   * The descriptor of the configured file, or of a student that needs none, with the classes and
   * the size of the dataset.
   *
   * @param kafka client properties
   */
  static TeacherDescriptor descriptor(TeachConfig config, Map<String, Object> kafka) {
    if (config.teacher() != null) {
      return DescriptorYaml.read(Path.of(config.teacher()));
    }
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      DatasetManifest dataset = manifests.requireDataset(config.dataset());
      return StudentTeacher.describe(
          Path.of(config.model()),
          dataset.getClassNames(),
          dataset.getWidth(),
          dataset.getHeight(),
          config.pipeline().studentBatchSize());
    }
  }

  /**
   * @param descriptor of the configured file
   * @param kinds what will be recorded
   */
  Teacher open(TeachConfig config, TeacherDescriptor descriptor, Set<TensorKind> kinds);
}
