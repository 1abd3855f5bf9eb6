package dev.lectern.schemas.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Text files, which must be UTF-8; byte order marks are passed over. */
public final class Utf8 {
  /** Encodings of several bytes per character that text files of datasets come in. */
  private static final List<String> USUAL = List.of("GB18030", "Shift_JIS", "EUC-KR");

  private Utf8() {}

  /**
   * The text of a file without byte order marks.
   *
   * @param what names the kind of file in messages
   * @throws UserMistakeException if the file cannot be read or is not UTF-8
   */
  public static String read(Path file, String what) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UserMistakeException(
          what + " " + file + ": cannot be read: " + FileError.reason(e), e);
    }
    foreign(bytes)
        .ifPresent(
            found -> {
              throw new UserMistakeException(what + " " + file + ": " + found);
            });
    return text(bytes);
  }

  /** The bytes as text without byte order marks; what is not UTF-8 becomes U+FFFD. */
  public static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8).replace("\uFEFF", "");
  }

  /**
   * What the bytes are if they are not UTF-8, where, and what to do: {@code found byte 0xB9 at
   * offset 12 (line 1), which is not UTF-8; it reads as GB18030; save the file as UTF-8}.
   */
  public static Optional<String> foreign(byte[] bytes) {
    if (bytes.length >= 2) {
      int mark = (bytes[0] & 0xFF) << 8 | bytes[1] & 0xFF;
      if (mark == 0xFEFF || mark == 0xFFFE) {
        return Optional.of(
            "found UTF-16 (it begins with "
                + (mark == 0xFEFF ? "FE FF" : "FF FE")
                + "), expected UTF-8; save the file as UTF-8");
      }
    }
    for (int at = 0; at < bytes.length; at++) {
      if (bytes[at] == 0) {
        return Optional.of(
            "found a zero byte at offset "
                + at
                + ", expected text in UTF-8; it is binary data or UTF-16");
      }
    }
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(4096);
    CoderResult result;
    do {
      out.clear();
      result = decoder.decode(in, out, true);
    } while (result.isOverflow());
    if (!result.isError()) {
      return Optional.empty();
    }
    int at = in.position();
    long line = 1;
    for (int i = 0; i < at; i++) {
      line += bytes[i] == '\n' ? 1 : 0;
    }
    return Optional.of(
        "found byte 0x%02X at offset %d (line %d), which is not UTF-8; it may be %s; save the file as UTF-8"
            .formatted(bytes[at], at, line, String.join(" or ", candidates(bytes))));
  }

  /** Letters of Western encodings stand alone between ASCII, those of East Asia in pairs. */
  private static List<String> candidates(byte[] bytes) {
    List<String> fitting = new ArrayList<>();
    for (int i = 1; i < bytes.length; i++) {
      if (bytes[i - 1] < 0 && bytes[i] < 0) {
        for (String name : USUAL) {
          if (Charset.isSupported(name) && decodes(bytes, Charset.forName(name))) {
            fitting.add(name);
          }
        }
        break;
      }
    }
    return fitting.isEmpty() ? List.of("windows-1252") : fitting;
  }

  private static boolean decodes(byte[] bytes, Charset charset) {
    try {
      charset
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
