package dev.lectern.cli.init;

import dev.lectern.producer.dataset.AnnotatedImage;
import dev.lectern.producer.dataset.DatasetSource;
import dev.lectern.schemas.file.WholeFile;
import dev.lectern.schemas.serde.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Splits a dataset that has no validation split: a fifth of the images, by the digest of their
 * names, so that more images leave the others where they are.
 */
final class ValidationSplit {
  private static final int SHARE = 5;

  private ValidationSplit() {}

  /**
   * Writes {@code splits/train.txt} and {@code splits/val.txt} below a folder.
   *
   * @param source the only one
   * @return the source as two
   */
  static List<DatasetSource> write(DatasetSource source, List<AnnotatedImage> images, Path folder)
      throws IOException {
    List<String> train = new ArrayList<>();
    List<String> val = new ArrayList<>();
    for (AnnotatedImage image : images) {
      String name = source.images().relativize(image.file().toAbsolutePath()).toString();
      String digest = HexFormat.of().formatHex(Sha256.of(name), 0, 4);
      boolean validation = Long.parseLong(digest, 16) % SHARE == 0;
      (validation ? val : train).add(name.replace('\\', '/'));
    }
    return List.of(listed(source, "train", train, folder), listed(source, "val", val, folder));
  }

  private static DatasetSource listed(
      DatasetSource source, String split, List<String> names, Path folder) throws IOException {
    Path list = folder.resolve("splits").resolve(split + ".txt");
    WholeFile.write(list, file -> Files.write(file, names));
    return new DatasetSource(split, source.annotations(), source.images(), list, "");
  }
}
