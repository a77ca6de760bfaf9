import java.util.TimeZone;

/** Tells what time it is to Java (epoch milliseconds), and how far its zone is from UTC. */
public class Now {
    public static void main(String[] words) {
        long now = System.currentTimeMillis();
        System.out.println(now + " " + TimeZone.getDefault().getOffset(now));
    }
}
