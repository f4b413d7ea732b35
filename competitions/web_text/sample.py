"""Makes a small data set in the official layout: sites of news rendered from one skeleton each, and Chinese forum threads.

The skeletons are those of real sites: `<br>` for paragraphs, tables as layout, teasers of other articles, comments below; and
of Discuz!, phpBB, Tieba and Tianya, with advertisements between posts, quotations and GBK bytes.
"""

import json

import numpy as np


def _words(text):
    return text.split()


PEOPLE = _words("张伟 李娜 王芳 赵敏 陈强 周涛 吴磊 郑爽 云中鹤 小石头 北岸听雨 木易 半夏 老船长 山间 阿青")
PLACES = _words("旧粮仓 码头 图书馆 北门市场 山脚 体育馆 老街 河堤 县医院 茶园 车站 小学")
DEEDS = _words("修好了 改造了 参观了 记录了 讨论了 拆掉了 重新开放了 买下了 赞助了 介绍了 检查了 守住了")
THINGS = _words("一座木桥 两盏路灯 旧书摊 新的天窗 三间教室 排水沟 晒谷场 广播站 一口老井 自行车棚 石阶 花圃")
TIMES = _words("上周六 昨天傍晚 去年秋天 开春以后 连着三天 今天一早 雨停之后 放学时 国庆前 半个月来")
ENDS = _words("居民都说好 费用由大家分摊 负责人没有多谈 还要等验收 到场的有四十多人 这是头一回 孩子们最高兴 后续另行通知")
MENU = _words("首页 新闻 财经 体育 娱乐 汽车 房产 教育 旅游 美食 健康 视频 图片 专题 论坛 招聘 登录 注册")
SKELETONS = ("paragraphs", "breaks", "tables")
FORUMS = ("discuz", "phpbb", "tieba", "tianya")
ADVERTISEMENT = '<div class="ad"><a href="/ad">限时优惠，全场八折，点击查看</a></div>'


def write(folder, size, seed):
    """Write `size` sites of training pages, half as many to be answered, and `page.html`, into a new folder."""
    folder.mkdir()
    generator = np.random.default_rng(seed)
    for part, below in (("train", folder), ("test", folder / "test")):
        sites = size if part == "train" else max(2, size // 2)
        news, threads = [], []
        for number in range(sites):
            news += site_of(f"{part}-{number}.example", SKELETONS[number % len(SKELETONS)], generator)
            forum = FORUMS[number % len(FORUMS)]
            posts = int(generator.integers(2, 12)) if number else 1
            threads.append((f"thread{number}", f"forum-{part}-{number}.example", *thread(forum, posts, generator)))
        write_set(below / "news", news, "text", ".txt", lambda gold: gold)
        write_set(below / "forum", threads, "posts", ".json", lambda gold: json.dumps(gold, ensure_ascii=False))
        if part == "test":
            (folder / "page.html").write_bytes(news[0][2])


def write_set(folder, pages, kind, suffix, as_text):
    """Write pages `(id, site, bytes, truth)` as a set."""
    (folder / "html").mkdir(parents=True)
    (folder / kind).mkdir()
    lines = ["id\tsite"]
    for page, site, source, gold in pages:
        lines.append(f"{page}\t{site}")
        (folder / "html" / f"{page}.html").write_bytes(source)
        (folder / kind / f"{page}{suffix}").write_text(as_text(gold), encoding="utf-8")
    (folder / "index.tsv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def sentence(generator):
    """A sentence of nobody's news."""
    who, where, did, what, when, end = (generator.choice(words) for words in (PEOPLE, PLACES, DEEDS, THINGS, TIMES, ENDS))
    return f"{when}，{who}在{where}{did}{what}，{end}。"


def paragraph(generator, least=1, most=4):
    """A few sentences."""
    return "".join(sentence(generator) for _ in range(generator.integers(least, most + 1)))


def site_of(site, skeleton, generator):
    """Three pages of a site of news, `(id, site, bytes, truth)`; each announces the others with a sentence of theirs."""
    articles = []
    for _ in range(3):
        headline = sentence(generator).split("，")[1]
        articles.append((headline, [paragraph(generator) for _ in range(generator.integers(2, 7))]))
    encoding = ("utf-8", "gb2312")[int(generator.integers(2))]
    pages = []
    for number, (headline, paragraphs) in enumerate(articles):
        teasers = "".join(
            f'<li><a href="/{n}.html">{title}</a> {body[0].split("。")[0]}。</li>'
            for n, (title, body) in enumerate(articles)
            if n != number
        )
        remarks = "".join(
            f'<div class="comment"><b>{generator.choice(PEOPLE)}</b> <span>{generator.integers(1, 60)}分钟前</span><p>'
            f"{sentence(generator)}</p></div>"
            for _ in range(generator.integers(0, 3))
        )
        source = page(site, skeleton, headline, paragraphs, teasers, remarks, encoding, int(generator.integers(2, 900)))
        gold = "\n".join([headline, *paragraphs]) + "\n"
        pages.append((f"{site}-{number}", site, source, gold))
    return pages


def page(site, skeleton, headline, paragraphs, teasers, remarks, encoding, count):
    """A page of news as bytes."""
    menu = "".join(f'<li><a href="/{n}/">{name}</a></li>' for n, name in enumerate(MENU))
    body = {
        "paragraphs": f"<h1>{headline}</h1><div class=content>{''.join(f'<p>{text}</p>' for text in paragraphs)}</div>",
        "breaks": f"<h2>{headline}</h2><div id=zoom>{'<br><br>　　'.join(paragraphs)}</div>",
        "tables": f"<table><tr><td><h1>{headline}</h1></td></tr>"
        + "".join(f"<tr><td>&nbsp;</td><td><font size=3>{text}</font></td></tr>" for text in paragraphs)
        + "</table>",
    }[skeleton]
    foot = f"版权所有 {site}，未经书面许可不得转载本站内容，违者必究。"
    return (
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={encoding}"><title>{headline}_{site}</title>'
        f"</head><body><ul class=menu>{menu}</ul>{body}<p>已有 {count} 人评论</p>"
        f"<div class=related>相关新闻<ul>{teasers}</ul></div>"
        f"<div class=comments>{remarks}</div><div id=foot>{foot}</div></body></html>"
    ).encode({"gb2312": "gb18030"}.get(encoding, encoding))


def thread(forum, count, generator, wrappers=None):
    """A thread of a forum as bytes, and its posts as JSON.

    Args:
        forum: one of `FORUMS`.
        count: posts.
        generator: of everything random.
        wrappers: elements around each post beside those of the software; 0 to 3 where none are given.
    """
    posts, bodies = [], []
    for number in range(count):
        author = generator.choice(PEOPLE) + str(generator.integers(10, 99))
        month, day, hour, minute = (int(generator.integers(*bounds)) for bounds in ((1, 13), (1, 29), (0, 24), (0, 60)))
        when = f"2015-{month}-{day} {hour:02d}:{minute:02d}"
        parts = [paragraph(generator, 1, 3) for _ in range(generator.integers(1, 4))]
        quoted = ""
        if number and generator.random() < 0.3:
            other = posts[int(generator.integers(number))]
            quoted = f"{other['user']} 发表于 {other['datetime']}\n{other['post_text'].splitlines()[-1]}"
        lines = ([*quoted.split("\n")] if quoted else []) + parts
        posts.append({"post_text": "\n".join(lines), "user": author, "datetime": when})
        held = f"<blockquote>{quoted.replace(chr(10), '<br>')}</blockquote>" if quoted else ""
        bodies.append(held + "<br>".join(parts))
    depth = int(generator.integers(0, 4)) if wrappers is None else wrappers
    rendered = []
    for number, (post, body) in enumerate(zip(posts, bodies, strict=True)):
        rendered.append("<div>" * depth + POSTS[forum](number, post, body, generator) + "</div>" * depth)
        if generator.random() < 0.15:
            rendered.append(ADVERTISEMENT)
    title = sentence(generator).split("，")[1]
    menu = "".join(f'<a href="/forum-{n}.html">{name}</a> ' for n, name in enumerate(MENU))
    source = (
        f'<html><head><meta charset="gbk"><title>{title} - 论坛</title></head><body><div id="hd">{menu}</div><h1>{title}</h1>'
        f'<div id="postlist">{"".join(rendered)}</div><div id="ft">Powered by {forum} © 2001-2015 '
        '<a href="/map">站点统计</a></div>'
        "</body></html>"
    )
    return source.encode("gb18030"), posts


def _discuz(number, post, body, generator):
    return (
        f'<div id="post_{number + 100}"><table class="plhin"><tr><td class="pls"><div class="authi">'
        f'<a href="space-uid-{number}.html" class="xw1">{post["user"]}</a></div><p>积分 {generator.integers(1, 9000)}</p></td>'
        f'<td class="plc"><div class="pti"><em id="authorposton{number + 100}">发表于 {post["datetime"]}</em> | '
        '<a href="#">只看该作者</a></div><div class="pcb"><table><tr>'
        f'<td class="t_f" id="postmessage_{number + 100}">{body}</td></tr></table></div><div class="po"><a href="#">回复</a> '
        '<a href="#">举报</a></div></td></tr></table></div>'
    )


def _phpbb(number, post, body, generator):
    return (
        f'<div id="p{number + 100}" class="post bg{number % 2 + 1}"><div class="inner"><div class="postbody"><p class="author">'
        f'由 <strong><a href="./memberlist.php?mode=viewprofile&u={number}">{post["user"]}</a></strong> » '
        f"{post['datetime']}</p>"
        f'<div class="content">{body}</div></div><dl class="postprofile"><dt>{post["user"]}</dt><dd>帖子: '
        f"{generator.integers(1, 900)}</dd></dl></div></div>"
    )


def _tieba(number, post, body, generator):
    return (
        '<div class="l_post l_post_bright"><div class="d_author"><ul><li class="d_name">'
        f'<a class="p_author_name" href="/home/main?un={number}">{post["user"]}</a></li>'
        f"<li>等级 {generator.integers(1, 18)}</li>"
        f'</ul></div><div class="d_post_content_main"><div class="d_post_content j_d_post_content">{body}</div>'
        f'<div class="core_reply"><span>{number + 1}楼</span> <span>{post["datetime"]}</span> <a>回复</a></div></div></div>'
    )


def _tianya(number, post, body, generator):
    return (
        f'<div class="atl-item"><div class="atl-head"><span>作者：<a href="http://www.tianya.cn/{number + 1000}" '
        f'class="js-vip-check">{post["user"]}</a></span> <span>时间：{post["datetime"]}</span></div><div class="atl-content">'
        f'<div class="bbs-content">{body}</div></div><div class="atl-reply"><a>举报</a> <a>回复</a></div></div>'
    )


POSTS = {"discuz": _discuz, "phpbb": _phpbb, "tieba": _tieba, "tianya": _tianya}
