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
   * One that another source annotates is reported, and stays beside it.
   *
   * @param sources unlabelled ones
   * @throws UserMistakeException if a folder holds no image, or an id is taken
   */
  public static AnnotatedDataset add(
      AnnotatedDataset dataset, List<DatasetSource> sources, Problems problems) {
    List<AnnotatedImage> images = new ArrayList<>(dataset.images());
    Map<String, Path> taken = new HashMap<>();
    Map<Path, AnnotatedImage> annotated = new HashMap<>();
    for (AnnotatedImage image : images) {
      taken.put(image.imageId(), image.file());
      annotated.put(image.file().toAbsolutePath().normalize(), image);
    }
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
        AnnotatedImage same = annotated.get(file.toAbsolutePath().normalize());
        if (same != null) {
          problems.report(
              Problem.SHARED_IMAGE_FILE,
              file.toString(),
              "found it as image "
                  + same.imageId()
                  + " of split "
                  + same.split()
                  + " with annotations and as image "
                  + id
                  + " of split "
                  + source.splitName()
                  + " without; both are kept");
        }
        images.add(
            new AnnotatedImage(
                id, source.splitName(), file, 0, 0, BoxUnit.PIXELS, List.of(), false));
      }
    }
    return new AnnotatedDataset(dataset.classNames(), dataset.categoryIds(), images);
  }
}
