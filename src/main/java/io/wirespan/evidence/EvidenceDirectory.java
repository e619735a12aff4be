// SPDX-License-Identifier: Apache-2.0
package io.wirespan.evidence;

import io.wirespan.capture.PcapngWriter;
import io.wirespan.capture.SetupException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of the files: bounded in their number and their size, those of earlier runs
 * included. Nothing is ever deleted; when it is full, whoever takes files away makes room again.
 *
 * <p>Files are for their owner only, as they hold what was said on the wire.
 *
 * <p>For any thread: workers take turns, so that together they keep to the bounds.
 */
final class EvidenceDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(Evidence.class);
  private static final String SUFFIX = ".pcapng";
  private static final Pattern NAME = Pattern.compile("[0-9a-f]{32}-[0-9a-f]{16}\\.pcapng");
  private static final long LOOK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Writes the packets of a file. */
  @FunctionalInterface
  interface Content {
    void writeTo(PcapngWriter writer) throws IOException;
  }

  /** What became of a file. */
  enum Outcome {
    WRITTEN,
    NO_ROOM,
    FAILED
  }

  private final Path directory;
  private final int maxFiles;
  private final long maxBytes;
  private int files;
  private long bytes;
  private long lookedNanos;

  /** Whether the last file could not be written, so that it was said. */
  private boolean troubled;

  private EvidenceDirectory(Path directory, int maxFiles, long maxBytes) {
    this.directory = directory;
    this.maxFiles = maxFiles;
    this.maxBytes = maxBytes;
  }

  /**
   * @throws SetupException if there is no such directory and none can be made
   */
  static EvidenceDirectory open(Path directory, int maxFiles, long maxBytes) throws SetupException {
    EvidenceDirectory opened = new EvidenceDirectory(directory, maxFiles, maxBytes);
    try {
      Files.createDirectories(directory, permissions("rwx------"));
      opened.look();
      return opened;
    } catch (FileAlreadyExistsException e) {
      throw new SetupException("cannot keep evidence in " + directory + ": no directory", "", e);
    } catch (IOException e) {
      throw new SetupException("cannot keep evidence in " + directory + ": " + reason(e), "", e);
    }
  }

  private static FileAttribute<?> permissions(String text) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text));
  }

  /** What went wrong, in words and without the name of the file, which changes every time. */
  private static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException missing -> "no such directory";
      case AccessDeniedException denied -> "permission denied";
      case FileSystemException other when other.getReason() != null -> other.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }

  private void look() throws IOException {
    lookedNanos = System.nanoTime();
    int found = 0;
    long size = 0;
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path entry : entries) {
        if (NAME.matcher(entry.getFileName().toString()).matches()) {
          found++;
          size += Files.size(entry);
        }
      }
    }
    files = found;
    bytes = size;
  }

  /**
   * Writes a file, under its name once it is whole; one of the same name is replaced. What stands
   * in the way is said when it is new.
   *
   * @param atMost bytes that the file may have
   */
  synchronized Outcome write(String name, long atMost, Content content) {
    try {
      if (!hasRoom(atMost)) {
        complain("the directory holds as much as it may; take files away to make room");
        return Outcome.NO_ROOM;
      }
      write(name, content);
      troubled = false;
      return Outcome.WRITTEN;
    } catch (IOException e) {
      complain(reason(e));
      return Outcome.FAILED;
    }
  }

  private void complain(String why) {
    if (!troubled) {
      troubled = true;
      LOG.warn("evidence is not written: {}; tracing goes on", why);
    }
  }

  private boolean hasRoom(long fileBytes) throws IOException {
    if (isFull(fileBytes) && System.nanoTime() - lookedNanos >= LOOK_AGAIN_NANOS) {
      look();
    }
    return !isFull(fileBytes);
  }

  private boolean isFull(long fileBytes) {
    return files >= maxFiles || bytes + fileBytes > maxBytes;
  }

  private void write(String name, Content content) throws IOException {
    Path whole = directory.resolve(name + SUFFIX);
    Path part = directory.resolve(name + ".part");
    try {
      try (PcapngWriter writer = new PcapngWriter(create(part))) {
        content.writeTo(writer);
      }
      long size = Files.size(part);
      boolean replaces = Files.exists(whole);
      long replaced = replaces ? Files.size(whole) : 0;
      Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
      bytes += size - replaced;
      files += replaces ? 0 : 1;
    } catch (IOException e) {
      Files.deleteIfExists(part);
      throw e;
    }
  }

  private static FileChannel create(Path part) throws IOException {
    Files.deleteIfExists(part);
    Set<StandardOpenOption> options =
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return FileChannel.open(part, options, permissions("rw-------"));
  }
}
