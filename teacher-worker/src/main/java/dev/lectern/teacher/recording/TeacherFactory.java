package dev.lectern.teacher.recording;

import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.teacher.model.ModelFile;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.model.TeacherCheck;
import java.nio.file.Path;
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
   * @param descriptor of the configured file
   * @param kinds what will be recorded
   */
  Teacher open(TeachConfig config, TeacherDescriptor descriptor, Set<TensorKind> kinds);
}
