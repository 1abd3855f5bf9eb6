package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.Nearest;
import dev.lectern.schemas.config.OneLine;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.config.Utf8;
import dev.lectern.schemas.config.WholeNumber;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * Reads Pascal VOC: one XML file per image, and split files as in {@code ImageSets/Main}.
 *
 * <p>VOC counts pixels from 1 and includes the last one: xmin to xmax covers xmin - 1 to xmax in
 * continuous coordinates. A box with xmax &lt;= xmin or ymax &lt;= ymin is degenerate. XML files
 * lie in the annotation folder or below it; the image id is the path below it without ending. The
 * image is the file that is named like the XML file, or the one named by {@code filename}. XML
 * files may not have a document type, hence no entities.
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

  /**
   * @param bounds xmin, ymin, xmax and ymax as they are written, empty where there is none
   * @param corners the numbers that they are; null if one is missing or no number
   */
  private record VocObject(
      String where, String name, boolean difficult, List<String> bounds, double[] corners) {}

  private record VocImage(
      DatasetSource source,
      Path xml,
      String id,
      Path file,
      int width,
      int height,
      List<VocObject> objects) {}

  @Override
  public AnnotatedDataset read(List<DatasetSource> sources, Problems problems) {
    DatasetAssembly assembly = new DatasetAssembly(problems);
    List<VocImage> images = new ArrayList<>();
    for (DatasetSource source : sources) {
      Path folder = DatasetAssembly.folder(source.annotations(), "annotation folder");
      DatasetAssembly.folder(source.images(), "image folder");
      List<Path> all = ImageFiles.below(folder, Set.of("xml"), problems);
      if (all.isEmpty()) {
        throw new UserMistakeException("annotation folder " + folder + ": found no XML file");
      }
      VocImageFiles files = new VocImageFiles(source.images(), folder, all, problems);
      List<VocImage> found = new ArrayList<>();
      for (Path xml : chosen(source, folder, all, assembly)) {
        String stem = ImageFiles.stem(folder, xml);
        if (!assembly.claim(source, DatasetAssembly.id(source, stem), xml)) {
          continue;
        }
        Element root = parse(source, xml, problems);
        if (root == null) {
          continue;
        }
        Path file = files.of(stem, xml, text(root, "filename"));
        if (file != null) {
          found.add(image(source, stem, xml, file, root, problems));
          dropMisplaced(source, xml, root, problems);
        }
      }
      for (VocImage image : found) {
        if (files.isContested(image.file())) {
          problems.dropImage(
              Problem.MISSING_IMAGE,
              source.splitName(),
              image.xml().toString(),
              "found filename "
                  + image.file().getFileName()
                  + ", which other XML files name, too; expected an image for each");
        } else {
          images.add(image);
        }
      }
    }
    List<String> names = classNames == null ? namesOf(images) : classNames;
    Map<String, Integer> labels = new LinkedHashMap<>();
    names.forEach(name -> labels.put(name, labels.size()));
    Set<String> left = leftOutOnPurpose(images, labels.keySet());
    for (VocImage image : images) {
      assembly.add(image.source(), labelled(image, labels, left, assembly, problems));
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

  /**
   * Names that {@code class-names} leaves out; none if it names no class that occurs, and not those
   * that differ from a given one in case, blanks or punctuation only.
   */
  private static Set<String> leftOutOnPurpose(List<VocImage> images, Set<String> names) {
    Set<String> left = new TreeSet<>(namesOf(images));
    if (!left.removeAll(names)) {
      return Set.of();
    }
    Set<String> similar = new HashSet<>();
    names.forEach(name -> similar.add(ClassNames.letters(name)));
    left.removeIf(name -> similar.contains(ClassNames.letters(name)));
    return left;
  }

  private AnnotatedImage labelled(
      VocImage image,
      Map<String, Integer> labels,
      Set<String> left,
      DatasetAssembly assembly,
      Problems problems) {
    String imageId = DatasetAssembly.id(image.source(), image.id());
    String split = image.source().splitName();
    List<AnnotatedBox> boxes = new ArrayList<>();
    int number = 0;
    for (VocObject object : image.objects()) {
      number++;
      Integer label = labels.get(object.name());
      if (label == null) {
        String reason = "found '" + object.name() + "', not in class-names";
        if (left.contains(object.name())) {
          problems.report(Problem.UNKNOWN_CATEGORY, object.where(), reason);
        } else {
          problems.dropBox(
              Problem.UNKNOWN_CATEGORY,
              split,
              object.name(),
              object.where(),
              reason + Nearest.hint(object.name(), labels.keySet()));
        }
        continue;
      }
      if (object.corners() == null) {
        problems.dropBox(
            Problem.MALFORMED_ANNOTATION,
            split,
            object.name(),
            object.where(),
            "found '"
                + String.join("; ", object.bounds())
                + "', expected a bndbox with the numbers xmin; ymin; xmax; ymax");
        continue;
      }
      double[] c = object.corners();
      if (Boxes.degenerate(c[0], c[1], c[2] - c[0], c[3] - c[1])) {
        problems.dropBox(
            Problem.DEGENERATE_BOX,
            split,
            object.name(),
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
        imageId, split, image.file(), image.width(), image.height(), BoxUnit.PIXELS, boxes);
  }

  /** The XML files of a source: those that its split file lists, or all. */
  private static Collection<Path> chosen(
      DatasetSource source, Path folder, List<Path> all, DatasetAssembly assembly) {
    Path splitFile = source.splitFile();
    Path layout = folder.toAbsolutePath().normalize().getParent();
    if (splitFile == null && source.split() != null && layout != null) {
      Path usual = layout.resolve("ImageSets").resolve("Main").resolve(source.split() + ".txt");
      splitFile = Files.isRegularFile(usual) ? usual : null;
    }
    if (splitFile == null) {
      return all;
    }
    Map<String, Path> known = new LinkedHashMap<>();
    all.forEach(xml -> known.putIfAbsent(ImageFiles.stem(folder, xml), xml));
    return assembly.listed(
        source,
        SplitFile.read(splitFile),
        known,
        Problem.MISSING_ANNOTATION_FILE,
        "has no XML file below " + folder,
        folder,
        source.images());
  }

  /** Objects elsewhere than below the root, or written another way: dropped, not overlooked. */
  private static void dropMisplaced(
      DatasetSource source, Path xml, Element root, Problems problems) {
    NodeList all = root.getElementsByTagName("*");
    for (int i = 0; i < all.getLength(); i++) {
      Element element = (Element) all.item(i);
      String tag = element.getTagName();
      boolean right = tag.equals("object") && element.getParentNode() == root;
      if (tag.replaceFirst(".*:", "").equalsIgnoreCase("object") && !right) {
        problems.dropBox(
            Problem.MALFORMED_ANNOTATION,
            source.splitName(),
            null,
            xml.getFileName().toString(),
            "found <"
                + tag
                + "> in <"
                + ((Element) element.getParentNode()).getTagName()
                + ">, expected <object> in <annotation>");
      }
    }
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
      String twice =
          count(object, "bndbox") > 1 ? "bndbox" : count(object, "name") > 1 ? "name" : null;
      if (twice != null) {
        problems.dropBox(
            Problem.MALFORMED_ANNOTATION,
            source.splitName(),
            name,
            where,
            "found "
                + count(object, twice)
                + " elements "
                + twice
                + ", expected an object for each");
        continue;
      }
      List<String> bounds = bounds(child(object, "bndbox"));
      if (name == null) {
        problems.dropBox(
            Problem.MALFORMED_ANNOTATION, source.splitName(), null, where, "found no name");
        continue;
      }
      objects.add(new VocObject(where, name, difficult(object), bounds, corners(bounds)));
    }
    return new VocImage(
        source, xml, stem, file, side(size, "width"), side(size, "height"), objects);
  }

  private static boolean difficult(Element object) {
    String text = text(object, "difficult");
    Long number = WholeNumber.of(text);
    return number == null ? "true".equalsIgnoreCase(text) : number == 1;
  }

  private static int side(Element size, String tag) {
    Long side = size == null ? null : WholeNumber.of(text(size, tag));
    return side == null || side < 0 || side > Integer.MAX_VALUE ? 0 : side.intValue();
  }

  private static List<String> bounds(Element box) {
    return Stream.of("xmin", "ymin", "xmax", "ymax")
        .map(tag -> box == null ? "" : Objects.requireNonNullElse(text(box, tag), ""))
        .toList();
  }

  private static double[] corners(List<String> bounds) {
    try {
      return bounds.stream().mapToDouble(Double::parseDouble).toArray();
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static Element child(Element parent, String tag) {
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element && element.getTagName().equals(tag)) {
        return element;
      }
    }
    return null;
  }

  private static int count(Element parent, String tag) {
    int count = 0;
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      count += node instanceof Element element && element.getTagName().equals(tag) ? 1 : 0;
    }
    return count;
  }

  private static String text(Element parent, String tag) {
    Element element = child(parent, tag);
    String text = element == null ? "" : ClassNames.stripped(element.getTextContent());
    return text.isEmpty() ? null : text;
  }

  private static Element parse(DatasetSource source, Path xml, Problems problems) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(xml);
    } catch (IOException e) {
      throw new UserMistakeException(
          "annotation file " + xml + ": cannot be read: " + FileError.reason(e), e);
    }
    String reason;
    try {
      Element root = builder().parse(new ByteArrayInputStream(bytes)).getDocumentElement();
      if (root.getTagName().equals("annotation")) {
        return root;
      }
      reason = "found <" + root.getTagName() + ">, expected <annotation>";
    } catch (SAXParseException e) {
      String place = "line " + e.getLineNumber() + ", column " + e.getColumnNumber();
      reason =
          e.getException() instanceof IOException
              ? Utf8.foreign(bytes).orElse(place + ": found bytes of another encoding than stated")
              : "not XML: " + place + ": " + why(e);
    } catch (SAXException e) {
      reason = "not XML: " + why(e);
    } catch (IOException e) {
      reason = Utf8.foreign(bytes).orElse("not XML: found an unknown encoding");
    }
    problems.dropImage(
        Problem.MALFORMED_ANNOTATION_FILE,
        source.splitName(),
        xml.toString(),
        bytes.length == 0 ? "found an empty file, expected <annotation>" : reason);
    return null;
  }

  private static String why(SAXException e) {
    String text = OneLine.of(String.valueOf(e.getMessage()));
    return text.startsWith("DOCTYPE") ? "found a document type, expected none" : text;
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
