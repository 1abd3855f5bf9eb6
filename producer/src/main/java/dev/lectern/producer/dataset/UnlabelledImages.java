package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.UserMistakeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Adds folders of images that nobody annotated to a dataset. */
public final class UnlabelledImages {
  private UnlabelledImages() {}

  /**
   * Adds all images below the folders; the id of one is its path below the folder without ending.
   *
   * @param sources unlabelled ones
   * @throws UserMistakeException if a folder holds no image, or an id is taken
   */
  public static AnnotatedDataset add(
      AnnotatedDataset dataset, List<DatasetSource> sources, Problems problems) {
    List<AnnotatedImage> images = new ArrayList<>(dataset.images());
    Map<String, Path> taken = new HashMap<>();
    images.forEach(image -> taken.put(image.imageId(), image.file()));
    for (DatasetSource source : sources) {
      Path folder = DatasetAssembly.folder(source.images(), "image folder");
      List<Path> files = ImageFiles.below(folder, problems);
      if (files.isEmpty()) {
        throw new UserMistakeException("image folder " + folder + ": found no image");
      }
      for (Path file : files) {
        String id = DatasetAssembly.id(source, ImageFiles.stem(folder, file));
        Path earlier = taken.putIfAbsent(id, file);
        if (earlier != null) {
          throw new UserMistakeException(
              "image id "
                  + id
                  + ": found in two sources, "
                  + earlier
                  + " and "
                  + file
                  + "; give one of the sources an id-prefix");
        }
        images.add(
            new AnnotatedImage(
                id, source.splitName(), file, 0, 0, BoxUnit.PIXELS, List.of(), false));
      }
    }
    return new AnnotatedDataset(dataset.classNames(), dataset.categoryIds(), images);
  }
}
