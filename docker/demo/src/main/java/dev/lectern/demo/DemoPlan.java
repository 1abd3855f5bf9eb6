package dev.lectern.demo;

import dev.lectern.schemas.config.UserMistakeException;
import java.nio.file.Path;

/**
 * How large a demo is.
 *
 * @param workDir everything lies in here
 * @param trainPictures that the students learn from
 * @param valPictures that they are measured on
 * @param viewsPerImage of training pictures: one plain and the others augmented
 * @param epochs of each training
 * @param seeds number of seeds; each trains one student without and one with distillation
 * @param workers teacher workers
 */
public record DemoPlan(
    Path workDir,
    int trainPictures,
    int valPictures,
    int viewsPerImage,
    int epochs,
    int seeds,
    int workers) {
  /** What the command does without arguments. */
  public static DemoPlan standard(Path workDir) {
    return new DemoPlan(workDir, 320, 150, 4, 80, 1, 2);
  }

  /** Refuses numbers below 1. */
  public DemoPlan {
    workDir = workDir.toAbsolutePath().normalize();
    require("train pictures", trainPictures);
    require("validation pictures", valPictures);
    require("views per image", viewsPerImage);
    require("epochs", epochs);
    require("seeds", seeds);
    require("workers", workers);
  }

  private static void require(String what, int found) {
    if (found < 1) {
      throw new UserMistakeException(what + ": found " + found + ", expected 1 or more");
    }
  }
}
