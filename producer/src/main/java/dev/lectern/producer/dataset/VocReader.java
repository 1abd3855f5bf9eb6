package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.FileTrouble;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * Reads Pascal VOC: one XML file per image, and split files as in {@code ImageSets/Main}.
 *
 * <p>VOC counts pixels from 1 and includes the last one: xmin to xmax covers xmin - 1 to xmax in
 * continuous coordinates. A box with xmax &lt;= xmin or ymax &lt;= ymin is degenerate. The image id
 * is the name of the XML file without its ending; the image is the file named by {@code filename},
 * or one that is named like the XML file. XML files may not have a document type, hence no
 * entities.
 */
public final class VocReader implements DatasetReader {
  private final List<String> classNames;
  private final DifficultObjects difficult;

  /**
   * @param classNames in the order of their labels; null: all that occur, in alphabetical order
   */
  public VocReader(List<String> classNames, DifficultObjects difficult) {
    this.classNames = classNames;
    this.difficult = difficult;
  }

  private record VocObject(String where, String name, boolean difficult, double[] corners) {}

  private record VocImage(
      DatasetSource source, String id, Path file, int width, int height, List<VocObject> objects) {}

  @Override
  public AnnotatedDataset read(List<DatasetSource> sources, Problems problems) {
    DatasetAssembly assembly = new DatasetAssembly(problems);
    List<VocImage> images = new ArrayList<>();
    for (DatasetSource source : sources) {
      Path folder = DatasetAssembly.folder(source.annotations(), "annotation folder");
      DatasetAssembly.folder(source.images(), "image folder");
      Map<String, Path> imageFiles = null;
      for (String stem : stems(source, folder)) {
        Path xml = folder.resolve(stem + ".xml");
        if (!Files.isRegularFile(xml)) {
          problems.report(Problem.MISSING_ANNOTATION_FILE, xml.toString(), "not found");
          continue;
        }
        if (!assembly.claim(source, DatasetAssembly.id(source, stem), xml)) {
          continue;
        }
        Element root = parse(xml, problems);
        if (root == null) {
          continue;
        }
        Path file = namedFile(source, root);
        if (file == null || !Files.exists(file)) {
          imageFiles = imageFiles == null ? ImageFiles.byStem(source.images()) : imageFiles;
          file =
              imageFiles.getOrDefault(
                  stem, file == null ? source.images().resolve(stem + ".jpg") : file);
        }
        images.add(image(source, stem, xml, file, root, problems));
      }
    }
    List<String> names = classNames == null ? namesOf(images) : classNames;
    Map<String, Integer> labels = new LinkedHashMap<>();
    names.forEach(name -> labels.put(name, labels.size()));
    for (VocImage image : images) {
      assembly.add(labelled(image, labels, assembly, problems));
    }
    List<Long> ids = new ArrayList<>();
    labels.values().forEach(label -> ids.add((long) label));
    return assembly.finish(names, ids);
  }

  private static List<String> namesOf(List<VocImage> images) {
    TreeSet<String> names = new TreeSet<>();
    for (VocImage image : images) {
      image.objects().forEach(object -> names.add(object.name()));
    }
    return List.copyOf(names);
  }

  private AnnotatedImage labelled(
      VocImage image, Map<String, Integer> labels, DatasetAssembly assembly, Problems problems) {
    String imageId = DatasetAssembly.id(image.source(), image.id());
    List<AnnotatedBox> boxes = new ArrayList<>();
    int number = 0;
    for (VocObject object : image.objects()) {
      number++;
      Integer label = labels.get(object.name());
      if (label == null) {
        problems.report(Problem.UNKNOWN_CATEGORY, object.where(), "found '" + object.name() + "'");
        continue;
      }
      double[] c = object.corners();
      if (Boxes.degenerate(c[0], c[1], c[2] - c[0], c[3] - c[1])) {
        problems.report(
            Problem.DEGENERATE_BOX,
            object.where(),
            "found xmin, ymin, xmax, ymax " + Boxes.text(c));
        continue;
      }
      boolean crowd = object.difficult() && difficult == DifficultObjects.IGNORE;
      if (crowd) {
        problems.report(
            Problem.DIFFICULT_OBJECT,
            object.where(),
            "'" + object.name() + "' kept as a crowd region");
      }
      boxes.add(
          new AnnotatedBox(
              assembly.annotationId(imageId + ":" + number, object.where()),
              label,
              crowd,
              c[0] - 1,
              c[1] - 1,
              c[2] - c[0] + 1,
              c[3] - c[1] + 1,
              -1));
    }
    return new AnnotatedImage(
        imageId,
        image.source().splitName(),
        image.file(),
        image.width(),
        image.height(),
        BoxUnit.PIXELS,
        boxes);
  }

  /** Names of the XML files of a source, without their ending. */
  private static List<String> stems(DatasetSource source, Path folder) {
    Path splitFile = source.splitFile();
    Path layout = folder.toAbsolutePath().normalize().getParent();
    if (splitFile == null && source.split() != null && layout != null) {
      Path usual = layout.resolve("ImageSets").resolve("Main").resolve(source.split() + ".txt");
      splitFile = Files.isRegularFile(usual) ? usual : null;
    }
    try {
      if (splitFile == null) {
        try (Stream<Path> files = Files.list(folder)) {
          List<String> stems =
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> name.endsWith(".xml"))
                  .map(name -> name.substring(0, name.length() - 4))
                  .sorted()
                  .toList();
          if (stems.isEmpty()) {
            throw new UserMistakeException("annotation folder " + folder + ": found no XML file");
          }
          return stems;
        }
      }
      if (!Files.isRegularFile(splitFile)) {
        throw new UserMistakeException("split file " + splitFile + ": not found");
      }
      // Per-class split files have a second column: 1, 0 or -1.
      return Files.readAllLines(splitFile).stream()
          .map(line -> line.strip().split("\\s+")[0])
          .filter(stem -> !stem.isEmpty())
          .toList();
    } catch (IOException e) {
      throw new UserMistakeException(
          (splitFile == null ? folder : splitFile) + ": cannot be read: " + FileTrouble.why(e), e);
    }
  }

  private static Path namedFile(DatasetSource source, Element root) {
    String name = text(root, "filename");
    if (name == null) {
      return null;
    }
    Path last;
    try {
      last = Path.of(name).getFileName();
    } catch (java.nio.file.InvalidPathException e) {
      return null;
    }
    return last == null ? null : source.images().resolve(last.toString());
  }

  private static VocImage image(
      DatasetSource source, String stem, Path xml, Path file, Element root, Problems problems) {
    Element size = child(root, "size");
    List<VocObject> objects = new ArrayList<>();
    int number = 0;
    for (Node node = root.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (!(node instanceof Element object) || !object.getTagName().equals("object")) {
        continue;
      }
      number++;
      String where = xml.getFileName() + " object " + number;
      String name = text(object, "name");
      double[] corners = corners(child(object, "bndbox"));
      if (name == null || corners == null) {
        problems.report(
            Problem.MALFORMED_ANNOTATION,
            where,
            name == null ? "found no name" : "expected a bndbox with xmin, ymin, xmax, ymax");
        continue;
      }
      objects.add(new VocObject(where, name, "1".equals(text(object, "difficult")), corners));
    }
    return new VocImage(source, stem, file, side(size, "width"), side(size, "height"), objects);
  }

  private static int side(Element size, String tag) {
    String text = size == null ? null : text(size, tag);
    try {
      return text == null ? 0 : Math.max(0, Integer.parseInt(text));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static double[] corners(Element box) {
    if (box == null) {
      return null;
    }
    String[] tags = {"xmin", "ymin", "xmax", "ymax"};
    double[] corners = new double[4];
    for (int i = 0; i < 4; i++) {
      String text = text(box, tags[i]);
      try {
        if (text == null) {
          return null;
        }
        corners[i] = Double.parseDouble(text);
      } catch (NumberFormatException e) {
        return null;
      }
    }
    return corners;
  }

  private static Element child(Element parent, String tag) {
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element && element.getTagName().equals(tag)) {
        return element;
      }
    }
    return null;
  }

  private static String text(Element parent, String tag) {
    Element element = child(parent, tag);
    String text = element == null ? "" : element.getTextContent().strip();
    return text.isEmpty() ? null : text;
  }

  private static Element parse(Path xml, Problems problems) {
    try (InputStream in = Files.newInputStream(xml)) {
      Element root = builder().parse(in).getDocumentElement();
      if (root.getTagName().equals("annotation")) {
        return root;
      }
      problems.report(
          Problem.MALFORMED_ANNOTATION_FILE,
          xml.toString(),
          "found <" + root.getTagName() + ">, expected <annotation>");
    } catch (SAXException | IOException e) {
      problems.report(Problem.MALFORMED_ANNOTATION_FILE, xml.toString(), e.getMessage());
    }
    return null;
  }

  private static DocumentBuilder builder() {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      factory.setFeature(javax.xml.XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setXIncludeAware(false);
      factory.setExpandEntityReferences(false);
      DocumentBuilder builder = factory.newDocumentBuilder();
      builder.setErrorHandler(Throwing.INSTANCE);
      return builder;
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("this Java has no secure XML parser", e);
    }
  }

  /** The default handler prints to standard error before it throws. */
  private enum Throwing implements ErrorHandler {
    INSTANCE;

    @Override
    public void warning(SAXParseException e) {
      // A warning does not make the document wrong.
    }

    @Override
    public void error(SAXParseException e) throws SAXException {
      throw e;
    }

    @Override
    public void fatalError(SAXParseException e) throws SAXException {
      throw e;
    }
  }
}
