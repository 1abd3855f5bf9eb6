package dev.lectern.trainer.train;

import ai.djl.ndarray.NDManager;
import dev.lectern.detector.Detector;
import dev.lectern.detector.device.TorchDevice;
import dev.lectern.detector.network.Detectors;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.distil.Methods;
import dev.lectern.trainer.distil.Region;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether a student can learn by a method from the teacher of a recording.
 *
 * @param name of the method
 * @param region where it applies; empty for the main one
 * @param obstacles why it cannot, in the words with which a run is refused; empty if it can
 * @param conversions what is converted if it can; empty where outputs are compared as they are
 */
public record Applicability(
    String name, String region, List<String> obstacles, List<String> conversions) {
  /** Whether the student can learn by it. */
  public boolean applies() {
    return obstacles.isEmpty();
  }

  /**
   * Every method: with the run's settings where the run names it, else with its defaults.
   *
   * @param run names the student and its classes
   * @param dataset as published
   * @throws dev.lectern.schemas.config.UserMistakeException if the student's network cannot be made
   */
  public static List<Applicability> ofEvery(
      TrainConfig run, RecordingManifest recording, DatasetManifest dataset) {
    TeacherAndStudent pair;
    try (NDManager manager = TorchDevice.of("cpu").newManager();
        Detector student = Detectors.create(run.student(), manager, run.seed())) {
      pair =
          TeacherAndStudent.of(
              run, student.featureChannels(), recording, run.classes().apply(dataset));
    }
    List<Applicability> all = new ArrayList<>();
    for (String name : Methods.names()) {
      List<Method> own =
          run.losses().stream().filter(loss -> loss.name().equals(name)).distinct().toList();
      for (Method method : own.isEmpty() ? List.of(Methods.of(name)) : own) {
        all.add(of(method, pair));
      }
    }
    return all;
  }

  private static Applicability of(Method method, TeacherAndStudent pair) {
    List<String> obstacles = pair.obstacles(method);
    return new Applicability(
        method.name(),
        method.region() == Region.MAIN ? "" : method.region().key(),
        obstacles,
        obstacles.isEmpty() ? pair.conversions(method) : List.of());
  }
}
