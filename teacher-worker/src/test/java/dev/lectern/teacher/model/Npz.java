package dev.lectern.teacher.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Reads the float32 arrays of a NumPy archive, row-major. */
final class Npz {
  private static final int LENGTH_OFFSET = 8;
  private static final int HEADER_OFFSET = 10;

  private Npz() {}

  static Map<String, float[]> read(Path file) throws IOException {
    Map<String, float[]> arrays = new HashMap<>();
    try (InputStream in = Files.newInputStream(file);
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        arrays.put(entry.getName().replace(".npy", ""), array(zip.readAllBytes()));
      }
    }
    return arrays;
  }

  private static float[] array(byte[] npy) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(npy).order(ByteOrder.LITTLE_ENDIAN);
    int headerBytes = bytes.getShort(LENGTH_OFFSET);
    String header = new String(npy, HEADER_OFFSET, headerBytes, StandardCharsets.ISO_8859_1);
    if (!header.contains("'<f4'") || header.contains("'fortran_order': True")) {
      throw new IOException("found " + header + ", expected row-major float32");
    }
    bytes.position(HEADER_OFFSET + headerBytes);
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }
}
