package dev.lectern.cli.init;

import dev.lectern.producer.dataset.AnnotatedImage;
import dev.lectern.producer.dataset.DatasetSource;
import dev.lectern.schemas.serde.Sha256;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Splits a dataset that has no validation split: a fifth of the images, by the digest of their
 * names, so that more images leave the others where they are.
 *
 * @param train names of images, below the folder of the images
 * @param val the others
 */
public record ValidationSplit(List<String> train, List<String> val) {
  private static final int SHARE = 5;

  public ValidationSplit {
    train = List.copyOf(train);
    val = List.copyOf(val);
  }

  /** Of the images of the only source. */
  public static ValidationSplit of(DatasetSource source, List<AnnotatedImage> images) {
    List<String> train = new ArrayList<>();
    List<String> val = new ArrayList<>();
    for (AnnotatedImage image : images) {
      String name = source.images().relativize(image.file().toAbsolutePath()).toString();
      String digest = HexFormat.of().formatHex(Sha256.of(name), 0, 4);
      boolean validation = Long.parseLong(digest, 16) % SHARE == 0;
      (validation ? val : train).add(name.replace('\\', '/'));
    }
    return new ValidationSplit(train, val);
  }

  /** Where a list lies in a project. */
  public static String file(String split) {
    return "splits/" + split + ".txt";
  }

  /** A list as {@code lectern publish} reads it. */
  public String text(List<String> names) {
    return String.join("\n", names) + "\n";
  }
}
